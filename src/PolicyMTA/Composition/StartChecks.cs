using PolicyMTA.Configuration;
using PolicyMTA.Files;

namespace PolicyMTA.Composition;

/// <summary>Finds what would keep a server from running, before anything is opened.</summary>
internal static class StartChecks
{
    /// <summary>A sentence for each folder that can't be used and each choice that this program can't follow.</summary>
    public static IReadOnlyList<ConfigurationError> FindProblems(MailConfiguration configuration)
    {
        var problems = new List<ConfigurationError>();
        // The mail of others, and copies of a configuration that may hold passwords: nobody else reads them.
        string[] own = [configuration.GenerationsFolder, configuration.PluginVersionsFolder, configuration.Queue.Folder];
        if (FindProblem(configuration.Root, isOwn: false) is { } problemOfRoot) problems.Add(problemOfRoot);
        foreach (var folder in own.Where(f => f != configuration.Root))
        {
            if (FindProblem(folder, isOwn: true) is { } problem) problems.Add(problem);
        }
        // Stores of plugins come with the issue that runs several machines.
        if (configuration.Queue.Store != "sqlite") problems.Add(new ConfigurationError(configuration.File, 0, 0, $"[queue] store: there is no store '{configuration.Queue.Store}'"));
        return problems;
    }

    private static ConfigurationError? FindProblem(string folder, bool isOwn)
    {
        try
        {
            if (isOwn) PrivateFile.MakeFolder(folder);
            else Directory.CreateDirectory(folder);
            // Permission bits say little of a read-only file system or of root's rights: try it.
            var probe = Path.Combine(folder, $".probe-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new ConfigurationError(folder, 0, 0, $"this folder can't be written: {error.Message}");
        }
    }
}
