using PolicyMTA.Delivery;
using PolicyMTA.Delivery.Local;

namespace PolicyMTA.Commands.Postfix;

/// <summary><c>newaliases</c>: there is nothing to compile, so it looks through the files of <c>alias_database</c> and says what postalias(1) would.</summary>
internal static class NewaliasesProgram
{
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = Options.Parse(arguments, "C:c:v");
        return CheckAsync("newaliases", Site.Find(options.Configuration ?? options.Find('C') ?? options.Find('c')));
    }

    /// <summary>Looks through the files; what is wrong in them is a warning, as it is left out and the rest is used.</summary>
    /// <exception cref="FatalException">A file can't be read.</exception>
    public static async Task<int> CheckAsync(string name, Site site)
    {
        if (site.Configuration is not { } configuration) throw new FatalException(SystemExit.Failed, $"open {site.File}: the configuration can't be read or has mistakes; see policymta check");
        foreach (var element in configuration.Parameters.List("alias_database"))
        {
            // Other tables are not of files, and have nothing to look through.
            if (AliasSource.FindFile(element) is not { } file) continue;
            var path = Path.GetFullPath(file, configuration.Parameters.Root);
            foreach (var (line, message) in AliasFile.Parse(await ReadAsync(path)).Problems) await Console.Error.WriteLineAsync($"{name}: warning: {path}, line {line}: {message}");
        }
        return SystemExit.Good;
    }

    private static async Task<string> ReadAsync(string path)
    {
        try
        {
            return await File.ReadAllTextAsync(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FatalException(SystemExit.Failed, $"open {path}: No such file or directory", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FatalException(SystemExit.Failed, $"open {path}: {error.Message}", error);
        }
    }
}
