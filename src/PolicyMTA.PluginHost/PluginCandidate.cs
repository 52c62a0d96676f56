namespace PolicyMTA.PluginHost;

/// <summary>A DLL, or a folder of them, that may be a plugin.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Folder">The folder that its files' names are relative to.</param>
/// <param name="IsFolder">False for a DLL alone.</param>
internal sealed record PluginCandidate(string Path, string Folder, bool IsFolder)
{
    private const int MaximumDepth = 4;

    public static (IReadOnlyList<PluginCandidate> Candidates, IReadOnlyList<PluginError> Errors) FindAll(IEnumerable<string> folders)
    {
        var candidates = new List<PluginCandidate>();
        var errors = new List<PluginError>();
        foreach (var folder in folders.Select(System.IO.Path.GetFullPath).Distinct())
        {
            try
            {
                if (Directory.Exists(folder)) FindIn(folder, isRoot: true, MaximumDepth, candidates);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                errors.Add(new PluginError(folder, $"can't be searched for plugins: {error.Message}"));
            }
        }
        return (candidates, errors);
    }

    /// <summary>Its files, relative to <see cref="Folder"/>, in an order that does not depend on the file system.</summary>
    public IReadOnlyList<string> ListFiles() =>
        IsFolder ? ListFiles(Folder) : [System.IO.Path.GetFileName(Path)];

    public static IReadOnlyList<string> ListFiles(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(file => System.IO.Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part.StartsWith('.')))
            .Order(StringComparer.Ordinal),
    ];

    private static void FindIn(string folder, bool isRoot, int depth, List<PluginCandidate> candidates)
    {
        var libraries = Directory.EnumerateFiles(folder).Where(IsLibrary).Order(StringComparer.Ordinal).ToList();
        if (isRoot) candidates.AddRange(libraries.Select(file => new PluginCandidate(file, folder, IsFolder: false)));
        else if (libraries.Count > 0)
        {
            candidates.Add(new PluginCandidate(folder, folder, IsFolder: true));
            return;
        }
        if (depth == 0) return;
        foreach (var subfolder in Directory.EnumerateDirectories(folder).Where(IsVisible).Order(StringComparer.Ordinal)) FindIn(subfolder, isRoot: false, depth - 1, candidates);
    }

    private static bool IsVisible(string path) => !System.IO.Path.GetFileName(path).StartsWith('.');
    private static bool IsLibrary(string path) => IsVisible(path) && System.IO.Path.GetExtension(path).Equals(".dll", StringComparison.OrdinalIgnoreCase);
}
