namespace PolicyMTA.EndToEnd;

/// <summary>A copy of the built program, to take things away from.</summary>
internal sealed class ProgramCopy : IDisposable
{
    public ProgramCopy()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.Program, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(Folder, Path.GetRelativePath(Repository.Program, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("policymta-program-").FullName;

    public void RemovePlugin(string name) => Directory.Delete(Directory.EnumerateDirectories(Path.Combine(Folder, "plugins", "restrictions")).Single(folder => Path.GetFileName(folder).EndsWith(name, StringComparison.Ordinal)), recursive: true);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
