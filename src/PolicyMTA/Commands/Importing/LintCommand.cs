using System.CommandLine;
using System.Text.Json;
using PolicyMTA.Import.Lint;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Importing;

/// <summary><c>policymta lint postfix</c>: what is wrong with a configuration of Postfix.</summary>
internal static class LintCommand
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    public static Command Build(TimeProvider time)
    {
        var source = new Argument<string>("DIR") { Description = "The folder with main.cf and master.cf" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line" };
        var postfix = new Command("postfix", "Tell what is wrong with a configuration of Postfix") { source, json };
        postfix.SetAction((parsed, cancellationToken) => RunAsync(Path.GetFullPath(parsed.GetValue(source)!), parsed.GetValue(json), time, cancellationToken));
        return new Command("lint", "Look for mistakes in the configuration of another mail server") { postfix };
    }

    private static async Task<int> RunAsync(string source, bool isJson, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var (catalogue, _) = await CatalogueReader.ReadAsync(time, cancellationToken);
            var findings = PostfixLint.Run(source, catalogue);
            foreach (var finding in findings) Console.WriteLine(isJson ? JsonSerializer.Serialize(finding, Format) : finding.ToString());
            if (!isJson) Console.WriteLine(string.Join(", ", Enum.GetValues<Severity>().Select(severity => $"{findings.Count(f => f.Severity == severity)} {severity.ToString().ToLowerInvariant()}s")));
            return findings.Any(f => f.Severity == Severity.Error) ? ExitCode.Failed : ExitCode.Good;
        }
        catch (Exception error) when (error is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"policymta: {error.Message}");
            return ExitCode.Failed;
        }
    }
}
