using System.Text.RegularExpressions;
using PolicyMTA.EndToEnd.Peers;

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
    [InlineData("internal", "postfix-3.10.json")]
    [InlineData("internal", "postfix-softbounce.json")]
    [InlineData("internal", "postfix-aswritten.json")]
    [InlineData("internal", "postfix-bnreject.json")]
    [InlineData("external", "postfix-3.10.json")]
    [InlineData("external", "postfix-softbounce.json")]
    [InlineData("external", "postfix-aswritten.json")]
    [InlineData("external", "postfix-bnreject.json")]
    public async Task Every_recorded_session_is_answered_as_the_guides_server_answers_it(string form, string reference)
    {
        Require(form);
        string[] command = [$"ORACLE_FORM={form}", Path.Combine(Repository.Root, "tests", "Peers", "oracle.sh"), Path.Combine(Oracle, "sessions"), Path.Combine(Oracle, reference)];
        var result = await Command.RunAsync("env", command, patienceFor: TimeSpan.FromMinutes(8));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.True(Share(result, "same class") == 100, result.Output);
        Assert.True(Share(result, "same code") == 100, result.Output);
        Assert.True(Share(result, "same enhanced code") == 100, result.Output);
        // Who got which message, and its Return-Path, Delivered-To and X-Original-To; the 3.10 run alone was recorded with what it delivered to the end.
        if (reference == "postfix-3.10.json") Assert.Matches(@"(?m)^delivered (\d+)/\1 alike, \1 here$", result.Output);
    }

    [Fact]
    public async Task The_guide_as_it_stands_sends_signs_verifies_filters_and_is_read_over_IMAP()
    {
        Require("external");
        var result = await Command.RunAsync(Path.Combine(Repository.Root, "tests", "Peers", "guide.sh"), [], patienceFor: TimeSpan.FromMinutes(4));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Equal(18, result.Lines.Count(line => line.StartsWith("holds: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Both_forms_have_the_same_lists_but_for_the_policy_service()
    {
        var (internals, externals) = (Path.Combine(Repository.Root, "samples", "guide", "policies"), Path.Combine(Repository.Root, "samples", "guide", "external", "policies"));
        var files = Directory.EnumerateFiles(externals, "*.js", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(externals, file)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["client.js", "data.js", "helo.js", "recipient.js", "relay.js", "sender.js", "submission/client.js"], files);
        foreach (var file in files.Where(file => file != "recipient.js")) Assert.Equal(await File.ReadAllTextAsync(Path.Combine(internals, file)), await File.ReadAllTextAsync(Path.Combine(externals, file)));
    }

    private static void Require(string form)
    {
        if (!Directory.Exists(Oracle)) Assert.Skip($"there is no {Oracle}");
        if (!Environment.IsPrivilegedProcess) Assert.Skip("network namespaces take root");
        Command.Require("ip", "named", "sqlite3", "python3", "openssl");
        if (form != "external") return;
        Command.Require("dovecot", "opendkim", "opendmarc", "spamd");
        UnpackedPeers.Require("postfix-policyd-spf-python");
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
