namespace PolicyMTA.Sdk;

/// <summary>What a table factory gets. An immutable value.</summary>
/// <param name="Type">The part before the colon.</param>
/// <param name="Name">The part behind it: a file, an inline text, a host.</param>
/// <param name="Parameters">The keys of the <c>[tables.NAME]</c> section; empty when the table was named directly.</param>
public sealed record TableArguments(string Type, string Name, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The folder that relative paths start from: the configuration's. Empty for the working directory.</summary>
    public string Folder { get; init; } = "";

    /// <summary>A path of the configuration, made absolute.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, Folder.Length == 0 ? Environment.CurrentDirectory : Path.GetFullPath(Folder));

    /// <summary>The table's name as a person wrote it, for messages.</summary>
    public override string ToString() => $"{Type}:{Name}";
}
