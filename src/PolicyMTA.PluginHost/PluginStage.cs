namespace PolicyMTA.PluginHost;

/// <summary>Copies candidates to folders named by their content, so that nobody can change what was checked or is in use.</summary>
internal sealed class PluginStage(PluginHostOptions options, PluginInspection inspection)
{
    private const int Attempts = 20;
    private const string Unfinished = ".unfinished-";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    /// <summary>A file as young as this may still be growing.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(2);

    public async Task<PluginScan> AddAsync(PluginCandidate candidate, CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (await TryCopyAsync(candidate, cancellationToken) is { } hash) return Inspect(candidate.Path, hash);
                await Task.Delay(Pause, options.Time, cancellationToken);
            }
            return Failed(candidate.Path, "is still being written");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Failed(candidate.Path, $"can't be copied to {options.VersionsFolder}: {error.Message}");
        }
    }

    public PluginScan Find(string hash, string sourcePath) =>
        Directory.Exists(FolderOf(hash)) ? inspection.Inspect(sourcePath, FolderOf(hash), hash) : Failed(sourcePath, $"the copy {hash} of this plugin is gone");

    public void Prune(IReadOnlySet<string> hashes)
    {
        if (!Directory.Exists(options.VersionsFolder)) return;
        foreach (var folder in Directory.EnumerateDirectories(options.VersionsFolder).Where(f => !hashes.Contains(Path.GetFileName(f)))) Directory.Delete(folder, recursive: true);
    }

    private PluginScan Inspect(string sourcePath, string hash)
    {
        var scan = inspection.Inspect(sourcePath, FolderOf(hash), hash);
        if (scan.Errors.Count > 0) Directory.Delete(FolderOf(hash), recursive: true);
        return scan;
    }

    /// <summary>The hash of the copy; null when the files changed meanwhile.</summary>
    private async Task<string?> TryCopyAsync(PluginCandidate candidate, CancellationToken cancellationToken)
    {
        var files = candidate.ListFiles();
        var hash = await FileSetHash.ComputeAsync(candidate.Folder, files, cancellationToken);
        if (IsYoung(candidate.Folder, files))
        {
            await Task.Delay(Pause, options.Time, cancellationToken);
            if (!files.SequenceEqual(candidate.ListFiles()) || await FileSetHash.ComputeAsync(candidate.Folder, files, cancellationToken) != hash) return null;
        }
        var folder = FolderOf(hash);
        if (Directory.Exists(folder))
        {
            if (await HashAsync(folder, cancellationToken) == hash) return hash;
            Directory.Delete(folder, recursive: true);
        }
        return await CopyAsync(candidate.Folder, files, hash, cancellationToken) ? hash : null;
    }

    private async Task<bool> CopyAsync(string source, IReadOnlyList<string> files, string hash, CancellationToken cancellationToken)
    {
        var unfinished = Path.Combine(options.VersionsFolder, string.Concat(Unfinished, Guid.NewGuid().ToString("N")));
        Directory.CreateDirectory(unfinished);
        try
        {
            foreach (var file in files)
            {
                var target = Path.Combine(unfinished, file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(Path.Combine(source, file), target);
            }
            if (await HashAsync(unfinished, cancellationToken) != hash) return false;
            MoveUnlessThere(unfinished, FolderOf(hash));
            return true;
        }
        finally
        {
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        }
    }

    // Two candidates of the same content, or two processes, may get here at once: the first one's copy serves both.
    private static void MoveUnlessThere(string unfinished, string folder)
    {
        try
        {
            Directory.Move(unfinished, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
    }

    private bool IsYoung(string folder, IEnumerable<string> files)
    {
        var limit = options.Time.GetUtcNow().UtcDateTime - Young;
        return files.Any(file => File.GetLastWriteTimeUtc(Path.Combine(folder, file)) > limit);
    }

    private string FolderOf(string hash) => Path.Combine(Path.GetFullPath(options.VersionsFolder), hash);

    private static Task<string> HashAsync(string folder, CancellationToken cancellationToken) =>
        FileSetHash.ComputeAsync(folder, PluginCandidate.ListFiles(folder), cancellationToken);

    private static PluginScan Failed(string path, string message) => new([], [new PluginError(path, message)]);
}
