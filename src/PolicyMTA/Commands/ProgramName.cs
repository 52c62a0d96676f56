namespace PolicyMTA.Commands;

/// <summary>How a person who copies a command must call this program.</summary>
internal static class ProgramName
{
    public static string Find()
    {
        var program = Environment.ProcessPath ?? "policymta";
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") return $"dotnet {Quote(Path.Combine(AppContext.BaseDirectory, "policymta.dll"))}";
        var isOnPath = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Any(folder => Path.Combine(folder, "policymta") == program) ?? false;
        return isOnPath ? "policymta" : Quote(program);
    }

    /// <summary>A path as a shell reads it.</summary>
    public static string Quote(string path) => path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
