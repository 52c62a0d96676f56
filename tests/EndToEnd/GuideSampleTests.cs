using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd;

/// <summary><c>samples/guide</c> answers as the server that the guide builds.</summary>
public sealed partial class GuideSampleTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    private static readonly string Oracle = Environment.GetEnvironmentVariable("POLICYMTA_ORACLE") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "..", "shared", "oracle");

    [Fact]
    public async Task Check_finds_nothing_to_complain_about_and_its_own_tests_pass()
    {
        var folder = Directory.CreateTempSubdirectory("policymta-guide-").FullName;
        try
        {
            var (sample, root) = (Path.Combine(Repository.Root, "samples", "guide"), quickstart.Server.Root);
            foreach (var file in Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder, Path.GetRelativePath(sample, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                var text = (await File.ReadAllTextAsync(file)).Replace("/home/vmail/database", $"{root}/database", StringComparison.Ordinal)
                    .Replace("/etc/letsencrypt/live/example.test/fullchain.pem", $"{root}/tls/cert.pem", StringComparison.Ordinal)
                    .Replace("/etc/letsencrypt/live/example.test/privkey.pem", $"{root}/tls/key.pem", StringComparison.Ordinal)
                    .Replace("/etc/opendkim/", $"{folder}/", StringComparison.Ordinal);
                await File.WriteAllTextAsync(copy, text);
            }
            await File.WriteAllTextAsync(Path.Combine(folder, "KeyTable"), "mail example.test:mail:/etc/opendkim/mail.private\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "SigningTable"), "*@example.test mail\n");
            var result = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["check", "--config", Path.Combine(folder, "policymta.toml")]);
            Assert.Equal((0, ""), (result.ExitCode, result.Errors));
            var tests = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["test", "--config", Path.Combine(folder, "policymta.toml")]);
            Assert.True(tests.ExitCode == 0, tests.Output + tests.Errors);
            Assert.Contains("guide.test.js", tests.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("postfix-3.10.json")]
    [InlineData("postfix-softbounce.json")]
    [InlineData("postfix-aswritten.json")]
    [InlineData("postfix-bnreject.json")]
    public async Task Every_recorded_session_is_answered_as_the_guides_server_answers_it(string reference)
    {
        if (!Directory.Exists(Oracle)) Assert.Skip($"there is no {Oracle}");
        if (!Environment.IsPrivilegedProcess) Assert.Skip("network namespaces take root");
        Command.Require("ip", "named", "sqlite3", "python3", "openssl");
        var result = await Command.RunAsync(Path.Combine(Repository.Root, "tests", "Peers", "oracle.sh"), [Path.Combine(Oracle, "sessions"), Path.Combine(Oracle, reference)], patienceFor: TimeSpan.FromMinutes(4));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.True(Share(result, "same class") == 100, result.Output);
        Assert.True(Share(result, "same code") == 100, result.Output);
        Assert.True(Share(result, "same enhanced code") == 100, result.Output);
        // Who got which message, and its Return-Path, Delivered-To and X-Original-To; the 3.10 run alone was recorded with what it delivered to the end.
        if (reference == "postfix-3.10.json") Assert.Matches(@"(?m)^delivered (\d+)/\1 alike, \1 here$", result.Output);
    }

    private static double Share(CommandResult result, string what)
    {
        var line = Assert.Single(result.Lines, line => line.StartsWith(what + " ", StringComparison.Ordinal));
        var counts = Counts().Match(line);
        Assert.NotEqual("0", counts.Groups[2].Value);
        return 100.0 * int.Parse(counts.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) / int.Parse(counts.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"steps (\d+)/(\d+)")]
    private static partial Regex Counts();
}
