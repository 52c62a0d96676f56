using System.CommandLine;
using System.Text;
using PolicyMTA.Import;
using PolicyMTA.Import.Lint;
using PolicyMTA.Import.Translation;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Importing;

/// <summary><c>policymta import postfix</c>: a configuration of Postfix becomes one of PolicyMTA, with a report of every line and tests of what it did.</summary>
internal static class ImportCommand
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Open = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static Command Build(TimeProvider time)
    {
        var source = new Argument<string>("DIR") { Description = "The folder with main.cf and master.cf" };
        var target = new Option<string>("--out") { Description = "The folder to write; it must be empty or new (default: policymta)", HelpName = "DIR", DefaultValueFactory = _ => "policymta" };
        var postfix = new Command("postfix", "Make a configuration of PolicyMTA of one of Postfix") { source, target };
        postfix.SetAction((parsed, cancellationToken) => RunAsync(Path.GetFullPath(parsed.GetValue(source)!), Path.GetFullPath(parsed.GetValue(target)!), time, cancellationToken));
        return new Command("import", "Bring a configuration along from another mail server") { postfix };
    }

    private static async Task<int> RunAsync(string source, string target, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            await Console.Error.WriteLineAsync($"policymta: {target} is not empty: give another folder with --out");
            return ExitCode.Usage;
        }
        try
        {
            var (catalogue, types) = await CatalogueReader.ReadAsync(time, cancellationToken);
            var findings = PostfixLint.Run(source, catalogue);
            var imported = PostfixImport.Run(source, catalogue);
            foreach (var file in imported.Files) await WriteAsync(target, file, cancellationToken);
            await WriteAsync(target, new ImportedFile("policies/policymta.d.ts", Encoding.UTF8.GetBytes(types)), cancellationToken);
            await WriteAsync(target, new ImportedFile("IMPORT.md", Encoding.UTF8.GetBytes(ReportText.Write(imported, findings))), cancellationToken);
            return await TellAsync(target, imported, findings, time, cancellationToken);
        }
        catch (Exception error) when (error is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"policymta: {error.Message}");
            return ExitCode.Failed;
        }
    }

    private static async Task<int> TellAsync(string target, ImportedConfiguration imported, IReadOnlyList<Finding> findings, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var finding in findings.Where(f => f.Severity != Severity.Info)) Console.WriteLine(finding);
        foreach (var entry in imported.Report.Where(e => e.Outcome is Outcome.Partly or Outcome.NotSupported)) Console.WriteLine($"{entry.File}:{entry.Line}: {entry.Subject}: {ReportText.Word(entry.Outcome)}: {entry.Text}");
        Console.WriteLine(ReportText.Sum(imported));
        Console.WriteLine($"written: {target}; IMPORT.md has the whole report");
        var configuration = Path.Combine(target, "policymta.toml");
        var check = await CheckCommand.CheckAsync(configuration, time, cancellationToken);
        GenerationCommands.PrintProblems(check);
        Console.WriteLine(check.Succeeded ? $"checked: good. Try: policymta --config {configuration} test" : $"checked: not good yet. Mend what is named above, then: policymta --config {configuration} check");
        return check.Succeeded ? ExitCode.Good : ExitCode.Failed;
    }

    private static async Task WriteAsync(string folder, ImportedFile file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, file.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = file.IsSecret ? Secret : Open };
        await using var stream = new FileStream(path, options);
        await stream.WriteAsync(file.Content, cancellationToken);
    }
}
