using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PolicyMTA.Configuration;
using PolicyMTA.Control;
using PolicyMTA.Dns;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Recordings;
using PolicyMTA.Rehearsals;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Testing;

/// <summary>
/// <c>policymta replay</c>: which recorded sessions other policies would decide differently, and which rule would. What a rule learnt then it learns again; what it did not ask then is
/// asked of DNS and tables as they are.
/// </summary>
internal static class ReplayCommand
{
    public static Command Build(ConfigurationLocation location)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "What policymta record wrote" };
        var policies = new Option<DirectoryInfo?>("--policies") { Description = "Other policies than the configured ones", HelpName = "FOLDER" };
        var json = new Option<bool>("--json") { Description = "A line of JSON for each session that would be decided differently" };
        var command = new Command("replay", "Tell which recorded sessions policies would decide differently, and by which rule") { file, policies, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await ReplayAsync(location.File(parsed), parsed.GetValue(file)!.FullName, parsed.GetValue(policies)?.FullName, parsed.GetValue(json), cancellationToken);
            }
            catch (Exception error) when (error is ConfigurationException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"policymta: {error.Message}");
                return ExitCode.Usage;
            }
        });
        return command;
    }

    private static async Task<int> ReplayAsync(string configurationFile, string path, string? policies, bool isJson, CancellationToken cancellationToken)
    {
        var loaded = ConfigurationLoader.Load(configurationFile);
        foreach (var error in loaded.Errors) await Console.Error.WriteLineAsync(error.ToString());
        if (loaded.Configuration is not { } configuration) return ExitCode.Failed;
        if (policies is not null) configuration = configuration with { Policy = configuration.Policy with { Folder = policies } };
        configuration = configuration with { Policy = configuration.Policy with { Shadow = null } };
        var options = new RehearsalOptions { Dns = new DnsResolver(new DnsSettings(), TimeProvider.System), Time = TimeProvider.System, ReadsAllTables = true };
        var (rehearsal, result) = await Rehearsal.OpenAsync(configuration, options, cancellationToken);
        foreach (var error in result.Errors) await Console.Error.WriteLineAsync(error.ToString());
        if (rehearsal is null) return ExitCode.Failed;
        await using (rehearsal) return await PlayAsync(rehearsal, path, isJson, cancellationToken);
    }

    private static async Task<int> PlayAsync(Rehearsal rehearsal, string path, bool isJson, CancellationToken cancellationToken)
    {
        var replay = new PolicyReplay(rehearsal.StagePolicies);
        var report = new ReplayReport();
        await foreach (var (line, session) in RecordingFile.ReadAsync(path, cancellationToken))
        {
            try
            {
                var played = await replay.PlayAsync(session, cancellationToken);
                report.Take(played);
                if (played.Differences.Count > 0 && isJson) Console.WriteLine(JsonSerializer.Serialize(ReplayReply.From(played), ControlJson.Default.ReplayReply));
                else if (played.Differences.Count > 0) ReplayReport.Write(Console.Out, played);
            }
            catch (JsonException error)
            {
                throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{path}:{line}: this is no session: {error.Message}"), error);
            }
            rehearsal.Endpoints.Reset();
        }
        if (!isJson) report.WriteSum(Console.Out);
        return report.Different == 0 ? ExitCode.Good : ExitCode.Failed;
    }
}
