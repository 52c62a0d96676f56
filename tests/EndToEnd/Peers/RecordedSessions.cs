using System.Globalization;
using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>The recorded dialogues of the guide's server, played to a form of <c>samples/guide</c> by <c>tests/Peers/oracle.sh</c>.</summary>
internal static partial class RecordedSessions
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("POLICYMTA_ORACLE") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "..", "shared", "oracle");

    public static void Require()
    {
        if (!Directory.Exists(Folder)) Assert.Skip($"there is no {Folder}");
        if (!Environment.IsPrivilegedProcess) Assert.Skip("network namespaces take root");
        Command.Require("ip", "named", "sqlite3", "python3", "openssl");
    }

    /// <summary>Every step is answered alike: class, code and enhanced status.</summary>
    public static async Task PlayAsync(string form, string reference)
    {
        string[] command = [$"ORACLE_FORM={form}", Path.Combine(Repository.Root, "tests", "Peers", "oracle.sh"), Path.Combine(Folder, "sessions"), Path.Combine(Folder, reference)];
        var result = await Command.RunAsync("env", command, patienceFor: TimeSpan.FromMinutes(8));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        foreach (var what in (string[])["same class", "same code", "same enhanced code"])
        {
            var counts = Counts().Match(Assert.Single(result.Lines, line => line.StartsWith(what + " ", StringComparison.Ordinal)));
            Assert.True(int.Parse(counts.Groups[2].Value, CultureInfo.InvariantCulture) > 0 && counts.Groups[1].Value == counts.Groups[2].Value, result.Output);
        }
        // Who got which message, and its Return-Path, Delivered-To and X-Original-To; the 3.10 run alone was recorded with what it delivered to the end.
        if (reference == "postfix-3.10.json") Assert.Matches(@"(?m)^delivered (\d+)/\1 alike, \1 here$", result.Output);
    }

    [GeneratedRegex(@"steps (\d+)/(\d+)")]
    private static partial Regex Counts();
}
