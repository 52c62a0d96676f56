using System.Xml.Linq;
using PolicyMTA.Testing;

namespace PolicyMTA.EndToEnd;

/// <summary><c>policymta test</c> and <c>simulate</c>, as people call them.</summary>
public sealed class PolicyTestCommandTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    [Fact]
    public async Task Shipped_policies_have_a_suite_that_passes_and_asks_every_rule()
    {
        var result = await quickstart.Server.PolicymtaAsync("test", "--coverage");
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Matches(@"# rules asked: (\d+) of \1 \(100 %\)", result.Output);
        Assert.Matches(@"(?m)^[1-9]\d* passed, 0 failed$", result.Output);
    }

    [Fact]
    public async Task Failing_test_is_exit_code_1_in_every_format()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "wrong.test.js");
        await File.WriteAllTextAsync(file, "import { test, assert } from 'policymta/test';\ntest('good # one', () => {});\ntest('bad <one>', async ({ send }) => {\n  assert.accepted(await send({ from: 'a@b.test', to: 'x@elsewhere.test' }));\n});\n");
        var junit = Path.Combine(folder.Path, "report.xml");
        var plain = await quickstart.Server.PolicymtaAsync("test", file, "--junit", junit);
        Assert.Equal(1, plain.ExitCode);
        Assert.Contains("  ok    good # one", plain.Output, StringComparison.Ordinal);
        Assert.Contains("        wrong.test.js:4:3: expected to be accepted, got \"554 5.7.1 <x@elsewhere.test>: Relay access denied\"", plain.Output, StringComparison.Ordinal);
        var tap = await quickstart.Server.PolicymtaAsync("test", file, "--tap");
        Assert.Equal(["TAP version 14", "ok 1 - wrong.test.js: good \\# one", "not ok 2 - wrong.test.js: bad <one>"], tap.Lines.Take(3));
        Assert.Equal("1..2", tap.Lines.Last(line => line.Length > 0));
        var report = XDocument.Load(junit).Root!;
        Assert.Equal(("2", "1"), (report.Attribute("tests")!.Value, report.Attribute("failures")!.Value));
        Assert.Contains("Relay access denied", report.Descendants("failure").Single().Attribute("message")!.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from joe@far.invalid --to alice@example.test --client-ip 127.0.0.1 --helo localhost", 0, "queued: from <joe@far.invalid>")]
    [InlineData("--from joe@far.invalid --to x@elsewhere.invalid --client-ip 127.0.0.1", 1, "> 554 5.7.1 <x@elsewhere.invalid>: Relay access denied")]
    [InlineData("--from alice@example.test --to x@elsewhere.invalid --sasl-user alice@example.test --tls --listener submission", 0, "  to <x@elsewhere.invalid>")]
    [InlineData("--from a@b.invalid --to c@d.invalid --listener none", 2, "")]
    [InlineData("--from a@b.invalid --to c@d.invalid --client-ip nowhere", 2, "")]
    public async Task Simulation_says_what_the_server_would_and_does_nothing(string arguments, int code, string expected)
    {
        var before = await quickstart.Server.PolicymtaAsync("queue", "list");
        var result = await quickstart.Server.PolicymtaAsync(["simulate", .. arguments.Split(' ')]);
        Assert.True(result.ExitCode == code, result.Output + result.Errors);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
        if (code == 1) Assert.Matches(@"relay +reject_unauth_destination +relay\.js:\d+ +reject 554 5\.7\.1", result.Output);
        Assert.Equal(before.Output, (await quickstart.Server.PolicymtaAsync("queue", "list")).Output);
    }

    [Fact]
    public async Task Simulation_can_try_policies_that_are_not_in_force_on_a_message_of_ones_own()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "end_of_data.js"), "import { reject } from 'policymta';\nexport default ({ message }) => message.header('Subject') === 'tried' ? reject('seen it') : undefined;\n");
        var message = Path.Combine(folder.Path, "message.eml");
        await File.WriteAllTextAsync(message, "Subject: tried\n\nbody\n");
        var result = await quickstart.Server.PolicymtaAsync("simulate", "--client-ip", "127.0.0.1", "--from", "joe@far.invalid", "--to", "alice@example.test", "--policies", folder.Path, "--message", message);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("> 554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: seen it", result.Output, StringComparison.Ordinal);
    }
}
