using System.Threading.Channels;
using PolicyMTA.Policy;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;
using PolicyMTA.Receiving.Sessions;

namespace PolicyMTA.Receiving.Tests;

/// <summary>What sessions tell of their decisions.</summary>
public sealed class TraceTests
{
    private const string Imports = "import { reject, hold, restrictions as r } from 'policymta';\n";

    private readonly Kept _kept = new();

    [Fact]
    public async Task A_message_is_one_trace_with_every_command_its_rules_and_its_reply()
    {
        await using var server = await StartAsync(new() { ["relay.js"] = Imports + "export default [\n  r.permit_mynetworks(),\n  r.reject_unauth_destination()];", ["end_of_data.js"] = Imports + "function late() {}\nexport default [late];" });
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<joe@client.example>
            S: 250 *
            C: RCPT TO:<bob@elsewhere.example>
            S: 554 *
            C: RCPT TO:<alice@example.test>
            S: 250 *
            C: DATA
            S: 354 *
            C: Subject: a secret
            C:
            C: Nobody shall read this.
            C: .
            S: 250 *
            """);
        var trace = await _kept.NextAsync();
        var entry = Assert.Single(await server.QueuedAsync());
        Assert.Equal((entry.Id.Value, 1, "one", "smtp", "client.example", "joe@client.example"), (trace.QueueId, trace.Transaction, trace.Generation, trace.Listener, trace.Helo, trace.Sender));
        Assert.Equal(
            [
                "RCPT bob@elsewhere.example > 554 5.7.1 <bob@elsewhere.example>: Relay access denied",
                "RCPT alice@example.test > 250 2.1.5 Ok",
                $"END-OF-MESSAGE  > 250 2.0.0 Ok: queued as {entry.Id}",
            ],
            trace.Decisions.Select(d => $"{d.Command} {d.Item} > {d.Reply}"));
        Assert.Equal(["relay permit_mynetworks relay.js:3 dunno", "relay reject_unauth_destination relay.js:4 reject 554 5.7.1"], Steps(trace.Decisions[0]));
        Assert.Equal(
            ["relay permit_mynetworks relay.js:3 dunno", "relay reject_unauth_destination relay.js:4 dunno", "recipient reject_unlisted_recipient :0 dunno"], Steps(trace.Decisions[1]));
        Assert.Equal(["end_of_data late end_of_data.js:2 dunno"], Steps(trace.Decisions[2]));
        Assert.DoesNotContain("secret", trace.ToString() + string.Join(' ', trace.Decisions), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transactions_of_a_session_are_apart_and_what_comes_between_is_nobodys()
    {
        await using var server = await StartAsync(new() { ["helo.js"] = Imports + "function greet({ helo }) { if (helo.name == 'bad.example') return reject('no'); }\nexport default [greet];" }, delaysReject: false);
        await server.PlayAsync("""
            S: 220 *
            C: EHLO bad.example
            S: 554 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<joe@client.example>
            S: 250 *
            C: RCPT TO:<alice@example.test>
            S: 250 *
            C: RSET
            S: 250 *
            C: MAIL FROM:<jim@client.example>
            S: 250 *
            C: EHLO again.example
            S: ...
            C: MAIL FROM:<jack@client.example>
            S: 250 *
            C: RCPT TO:<nobody@example.test>
            S: 550 *
            C: QUIT
            S: 221 *
            EOF
            """);
        var seen = new List<string>();
        while (seen.Count < 5)
        {
            var trace = await _kept.NextAsync();
            seen.Add($"{trace.Transaction} {trace.Sender ?? "-"}: {string.Join(", ", trace.Decisions.Select(d => $"{d.Command} {d.Item} {d.Reply[..3]}"))}");
        }
        Assert.Equal(
            [
                "0 -: EHLO bad.example 554",
                "0 -: EHLO client.example 250",
                "1 joe@client.example: RCPT alice@example.test 250",
                "0 -: EHLO again.example 250",
                "3 jack@client.example: RCPT nobody@example.test 550",
            ],
            seen);
    }

    [Fact]
    public async Task What_no_rule_refused_is_told_too_and_a_login_is_named_without_its_secret()
    {
        await using var server = await StartAsync(null);
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=
            S: 235 *
            C: MAIL FROM:<joe@client.example> SIZE=999999999
            S: 552 *
            C: QUIT
            S: 221 *
            EOF
            """, "submissions");
        var trace = await _kept.NextAsync();
        Assert.Equal(("alice@example.test", 0, null), (trace.User, trace.Transaction, trace.QueueId));
        var decision = Assert.Single(trace.Decisions);
        Assert.Equal(("MAIL", "joe@client.example", true), (decision.Command, decision.Item, decision.IsRefusal));
        Assert.Empty(decision.Steps);
        Assert.True(trace.HasRefusal);
    }

    [Fact]
    public async Task A_long_transaction_comes_in_parts()
    {
        await using var server = await StartAsync(null);
        var commands = string.Concat(Enumerable.Range(0, SessionTrace.MostSteps).Select(n => $"C: RCPT TO:<x{n}@elsewhere.example>\nS: 554 *\n"));
        await server.PlayAsync($"S: 220 *\nC: EHLO client.example\nS: ...\nC: MAIL FROM:<joe@client.example>\nS: 250 *\n{commands}C: RSET\nS: 250 *\n");
        var decisions = 0;
        while (decisions < SessionTrace.MostSteps)
        {
            var part = await _kept.NextAsync();
            Assert.Equal(1, part.Transaction);
            Assert.InRange(part.Decisions.Sum(d => 1 + d.Steps.Count), 1, SessionTrace.MostSteps + 10);
            decisions += part.Decisions.Count;
        }
        Assert.Equal(SessionTrace.MostSteps, decisions);
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_its_trace()
    {
        await using var server = await StartAsync(null);
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<joe@client.example>
            S: 250 *
            C: RCPT TO:<bob@elsewhere.example>
            S: 554 *
            """);
        Assert.Equal("RCPT", Assert.Single((await _kept.NextAsync()).Decisions).Command);
    }

    [Fact]
    public async Task Mail_without_a_session_is_told_under_its_queue_id()
    {
        await using var server = await MaildropServer.PrepareAsync(Imports + "function kept() { return hold('look'); }\nexport default [kept];", recorder: _kept);
        await server.RunAsync();
        await server.SubmitAsync("Subject: a secret\n\nbody\n");
        var trace = await _kept.NextAsync();
        var (entry, _) = await server.QueuedAsync();
        Assert.Equal((entry.Id.Value, entry.Id.Value, "pickup", "anna@example.test"), (trace.Session, trace.QueueId, trace.Listener, trace.Sender));
        Assert.Equal("SUBMIT > 250 accepted", $"{trace.Decisions[0].Command} > {trace.Decisions[0].Reply}");
        Assert.Equal(["local_submission kept local_submission.js:2 hold hold"], Steps(trace.Decisions[0]));
    }

    [Fact]
    public async Task Nothing_is_collected_for_nobody()
    {
        _kept.IsWanted = false;
        await using var server = await StartAsync(null);
        await server.PlayAsync("S: 220 *\nC: EHLO client.example\nS: ...\nC: MAIL FROM:<joe@client.example>\nS: 250 *\nC: RCPT TO:<bob@elsewhere.example>\nS: 554 *\nC: QUIT\nS: 221 *\nEOF\n");
        Assert.False(_kept.HasAny);
    }

    [Theory]
    [InlineData(false, "milter watcher :0 reject 550 5.7.1")]
    [InlineData(true, "milter watcher :0 hold hold (failed)")]
    public async Task A_milter_that_has_something_to_say_is_named(bool fails, string expected)
    {
        var milter = new ScriptedMilter("watcher") { Answers = { ["data"] = () => fails ? throw new TemporaryFailureException("it died") : new(new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "not that")) } };
        await using var server = await ReceivingServer.StartAsync(service => service with { Milters = milter.With(MilterDefaultAction.Quarantine) }, recorder: _kept);
        await server.PlayAsync($"S: 220 *\nC: EHLO client.example\nS: ...\nC: MAIL FROM:<joe@client.example>\nS: 250 *\nC: RCPT TO:<alice@example.test>\nS: 250 *\nC: DATA\nS: {(fails ? "354 *\nC: A: b\nC:\nC: .\nS: 250 *" : "550 5.7.1 not that")}\nC: QUIT\nS: 221 *\nEOF");
        var trace = await _kept.NextAsync();
        Assert.Contains(expected, trace.Decisions.SelectMany(Steps));
        Assert.DoesNotContain(trace.Decisions.SelectMany(Steps), step => step.StartsWith("milter", StringComparison.Ordinal) && step.Contains("dunno", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Steps(Decision decision) => decision.Steps.Select(s => $"{s.Stage} {s.Rule} {s.File}:{s.Line} {s.Verdict}");

    private Task<ReceivingServer> StartAsync(Dictionary<string, string>? policies, bool delaysReject = true) =>
        ReceivingServer.StartAsync(service => service with { HardErrorLimit = 10_000, SoftErrorLimit = 10_000 }, policies, delaysReject: delaysReject, recorder: _kept);

    private sealed class Kept : IDecisionRecorder
    {
        private readonly Channel<DecisionTrace> _traces = Channel.CreateUnbounded<DecisionTrace>();

        public bool IsWanted { get; set; } = true;

        public bool HasAny => _traces.Reader.TryPeek(out _);

        public void Take(DecisionTrace trace) => _traces.Writer.TryWrite(trace);

        public async Task<DecisionTrace> NextAsync() => await _traces.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }
}
