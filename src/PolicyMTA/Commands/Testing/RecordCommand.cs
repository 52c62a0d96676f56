using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using PolicyMTA.Configuration;
using PolicyMTA.Control;
using PolicyMTA.Recordings;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Testing;

/// <summary><c>policymta record</c>: sessions of the running server, as its policies see them, into a file.</summary>
internal static class RecordCommand
{
    private const long LongestBody = 1 << 20;

    public static Command Build(ConfigurationLocation location)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The file to write; it must not be there yet" };
        var sessions = new Option<int?>("--sessions") { Description = "End after so many sessions", HelpName = "N" };
        var during = new Option<TimeSpan?>("--for") { Description = "End after this time, such as 10m", HelpName = "TIME", CustomParser = Duration };
        var longest = new Option<long>("--longest-body") { Description = "Leave out message bodies of more bytes (at most 16777216; 0: all)", HelpName = "BYTES", DefaultValueFactory = _ => LongestBody };
        return new Command("record", "Write down real sessions, for replay: what the policies were asked, what they learnt and decided") { file, sessions, during, longest }.Asks(location, call =>
            RecordAsync(call, call.Parsed.GetValue(file)!.FullName, call.Parsed.GetValue(sessions) ?? int.MaxValue, call.Parsed.GetValue(during), call.Parsed.GetValue(longest)));
    }

    private static async Task<int> RecordAsync(ClientCall call, string path, int most, TimeSpan? during, long longestBody)
    {
        var (recorded, missed, created) = (0, 0L, false);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken);
        if (during is { } time) end.CancelAfter(time);
        try
        {
            await using var file = await RecordingFile.CreateAsync(path);
            created = true;
            await foreach (var line in call.Client.ReadLinesAsync(ClientCall.Path("/record", ("longest_body", Math.Max(0, longestBody).ToString(CultureInfo.InvariantCulture))), end.Token))
            {
                if (TryReadMissed(line, out var count))
                {
                    missed = count;
                    continue;
                }
                await file.WriteLineAsync(line);
                await file.FlushAsync(CancellationToken.None);
                if (++recorded >= most) break;
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The time is over, or the user has enough.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: {failure.Message}", failure);
        }
        finally
        {
            // A file without a session is in the way of the next recording.
            if (recorded == 0 && created) File.Delete(path);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{recorded} sessions recorded{(missed > 0 ? $", {missed} missed: they came too fast" : "")}"));
        return ExitCode.Good;
    }

    private static bool TryReadMissed(string line, out long missed)
    {
        missed = 0;
        // A session's line begins with its id.
        if (!line.StartsWith("{\"missed\"", StringComparison.Ordinal)) return false;
        missed = JsonSerializer.Deserialize(line, ControlJson.Default.MissedReply)!.Missed;
        return true;
    }

    private static TimeSpan? Duration(ArgumentResult result)
    {
        if (result.Tokens is [var token] && PostfixDuration.TryParse(token.Value, 's', out var duration) && duration > TimeSpan.Zero && duration < TimeSpan.FromDays(24)) return duration;
        result.AddError($"--for takes a time such as 10m, not '{string.Join(' ', result.Tokens)}'.");
        return null;
    }
}
