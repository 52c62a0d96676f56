using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary><c>samples/guide</c> answers as the server that the guide builds.</summary>
public sealed class GuideSampleTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
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
    public Task Every_recorded_session_is_answered_as_the_guides_server_answers_it(string reference)
    {
        RecordedSessions.Require();
        return RecordedSessions.PlayAsync("internal", reference);
    }

    [Fact]
    public async Task Both_forms_have_the_same_lists_but_for_the_policy_service()
    {
        var (internals, externals) = (Path.Combine(Repository.Root, "samples", "guide", "policies"), Path.Combine(Repository.Root, "samples", "guide", "external", "policies"));
        var files = Directory.EnumerateFiles(externals, "*.js", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(externals, file)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["client.js", "data.js", "helo.js", "recipient.js", "relay.js", "sender.js", "submission/client.js"], files);
        foreach (var file in files.Where(file => file != "recipient.js")) Assert.Equal(await File.ReadAllTextAsync(Path.Combine(internals, file)), await File.ReadAllTextAsync(Path.Combine(externals, file)));
    }
}
