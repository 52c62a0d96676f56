using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

public sealed class MilterTests
{
    private const string Greeting = "S: 220 *\nC: EHLO client.example\nS: ...\n";
    private const string Envelope = Greeting + "C: MAIL FROM:<joe@client.example>\nS: 250 2.1.0 Ok\nC: RCPT TO:<alice@example.test>\nS: 250 2.1.5 Ok\n";
    private const string Message = "C: DATA\nS: 354 *\nC! Subject: hi\\r\\nX-Old: 1\\r\\n\\r\\nbody\\r\\n.\\r\\n\n";
    private const string Taken = Envelope + Message + "S: 250 2.0.0 Ok: queued as *\n";
    private const string Bye = "C: QUIT\nS: 221 2.0.0 Bye\nEOF";

    private static readonly Verdict Refusal = new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "no thanks");

    private static Task<ReceivingServer> StartAsync(MilterSettings milters, LogLines? log = null, string? endOfData = null)
    {
        var policies = new Dictionary<string, string>(Rules.Default);
        if (endOfData is not null) policies["end_of_data.js"] = endOfData;
        return ReceivingServer.StartAsync(service => service with { Milters = milters, AuthservId = "mx.example.test" }, policies, loggers: log, holds: false);
    }

    private static async Task<string> QueuedAfterAsync(ReceivingServer server, string script = Taken)
    {
        await server.PlayAsync(script + Bye);
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        return content[(content.IndexOf("(UTC)\r\n", StringComparison.Ordinal) + 7)..];
    }

    [Fact]
    public async Task A_milter_follows_the_session_and_hears_of_the_connection_when_mail_comes()
    {
        var milter = new ScriptedMilter();
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(Greeting + "C: NOOP\nS: 250 2.0.0 Ok\n" + Bye);
        Assert.Empty(milter.Heard);
        await server.PlayAsync(Taken + "C: MAIL FROM:<>\nS: 250 2.1.0 Ok\nC: RSET\nS: 250 2.0.0 Ok\nC: EHLO other.example\nS: ...\nC: MAIL FROM:<>\nS: 250 2.1.0 Ok\n" + Bye);
        Assert.Equal(
            ["connect", "helo client.example", "mail joe@client.example", "rcpt alice@example.test", "data", "message", "sign", "mail", "abort", "helo other.example", "mail", "abort", "close"],
            milter.Heard.Where(line => line.Length > 0));
    }

    [Theory]
    [InlineData("helo", Greeting + "C: MAIL FROM:<joe@client.example>\nS: 550 5.7.1 no thanks\n", "connect|helo client.example|close")]
    [InlineData("mail", Greeting + "C: MAIL FROM:<joe@client.example>\nS: 550 5.7.1 no thanks\n", "connect|helo client.example|mail joe@client.example|abort|close")]
    [InlineData("rcpt", Greeting + "C: MAIL FROM:<joe@client.example>\nS: 250 *\nC: RCPT TO:<alice@example.test>\nS: 550 5.7.1 no thanks\nC: DATA\nS: 554 5.5.1 Error: no valid recipients\n", "connect|helo client.example|mail joe@client.example|rcpt alice@example.test|abort|close")]
    [InlineData("data", Envelope + "C: DATA\nS: 550 5.7.1 no thanks\n", "connect|helo client.example|mail joe@client.example|rcpt alice@example.test|data|abort|close")]
    [InlineData("message", Envelope + Message + "S: 550 5.7.1 no thanks\n", "connect|helo client.example|mail joe@client.example|rcpt alice@example.test|data|message|close")]
    public async Task A_refusal_of_any_step_is_the_reply_in_its_own_words(string step, string script, string heard)
    {
        var milter = new ScriptedMilter { Answers = { [step] = () => new(Refusal) } };
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(script + Bye);
        Assert.Empty(await server.QueuedAsync());
        Assert.Equal(heard, string.Join('|', milter.Heard));
    }

    [Theory]
    [InlineData("connect", MilterDefaultAction.Tempfail, Greeting + "C: MAIL FROM:<joe@client.example>\nS: 451 4.7.1 Service unavailable - try again later\n" + Bye, 0)]
    [InlineData("helo", MilterDefaultAction.Reject, Greeting + "C: MAIL FROM:<joe@client.example>\nS: 550 5.5.0 Service unavailable\n" + Bye, 0)]
    [InlineData("mail", MilterDefaultAction.Shutdown, Greeting + "C: MAIL FROM:<joe@client.example>\nS: 421 4.7.0 Service unavailable\nEOF", 0)]
    [InlineData("rcpt", MilterDefaultAction.Tempfail, Greeting + "C: MAIL FROM:<joe@client.example>\nS: 250 *\nC: RCPT TO:<alice@example.test>\nS: 451 4.7.1 Service unavailable - try again later\n" + Bye, 0)]
    [InlineData("data", MilterDefaultAction.Reject, Envelope + "C: DATA\nS: 550 5.5.0 Service unavailable\n" + Bye, 0)]
    [InlineData("message", MilterDefaultAction.Tempfail, Envelope + Message + "S: 451 4.7.1 Service unavailable - try again later\n" + Bye, 0)]
    [InlineData("sign", MilterDefaultAction.Tempfail, Envelope + Message + "S: 451 4.7.1 Service unavailable - try again later\n" + Bye, 0)]
    [InlineData("connect", MilterDefaultAction.Accept, Taken + Bye, 1)]
    [InlineData("rcpt", MilterDefaultAction.Accept, Taken + Bye, 1)]
    [InlineData("message", MilterDefaultAction.Accept, Taken + Bye, 1)]
    [InlineData("sign", MilterDefaultAction.Accept, Taken + Bye, 1)]
    [InlineData("data", MilterDefaultAction.Quarantine, Taken + Bye, 1)]
    public async Task A_failure_of_any_step_is_the_default_action(string step, MilterDefaultAction action, string script, int queued)
    {
        var log = new LogLines();
        var milter = new ScriptedMilter { Answers = { [step] = () => throw new InvalidOperationException("its own words, perhaps secret") } };
        await using var server = await StartAsync(milter.With(action), log);
        await server.PlayAsync(script);
        var entries = await server.QueuedAsync();
        Assert.Equal(queued, entries.Count);
        if (action == MilterDefaultAction.Quarantine) Assert.Equal("milter scripted failed", Assert.Single(entries[0].Recipients).LastText);
        Assert.Contains($"milter scripted: {(step == "message" ? "end of message" : step)} failed: InvalidOperationException", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_that_passes_a_failed_milter_is_counted_and_told_once_a_minute()
    {
        using var meter = new Meter("milters");
        using var counts = new MeterListener();
        var (clock, open, shut) = (new FakeTimeProvider(), 0L, 0L);
        counts.SetMeasurementEventCallback<long>((_, value, tags, _) => Interlocked.Add(ref tags[1].Value is "accept" ? ref open : ref shut, value));
        counts.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter) listener.EnableMeasurementEvents(instrument);
        };
        counts.Start();
        var (log, failures) = (new LogLines(), new MilterFailures(meter, clock));
        var milter = new ScriptedMilter { Answers = { ["message"] = () => throw new TemporaryFailureException("it is away") } };
        await using (var server = await StartAsync(milter.With(MilterDefaultAction.Accept) with { Failures = failures }, log))
        {
            for (var message = 0; message < 3; message++) await server.PlayAsync(Taken + Bye);
            Assert.Equal(1, Told(" failed: it is away Name="));
            clock.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
            await server.PlayAsync(Taken + Bye);
            clock.Advance(TimeSpan.FromTicks(1));
            await server.PlayAsync(Taken + Bye);
            Assert.Equal(1, Told(" failed: it is away (and 3 failures before it) Name="));
            Assert.Equal((5, 0), (open, shut));
        }
        await using var refusing = await StartAsync(milter.With() with { Failures = failures }, log);
        for (var message = 0; message < 2; message++) await refusing.PlayAsync(Envelope + Message + "S: 451 4.7.1 *\n" + Bye);
        Assert.Equal(3, Told(" failed: it is away Name="));
        Assert.Equal((5, 2), (open, shut));

        int Told(string end) => log.Text.Split("milter scripted: end of message" + end).Length - 1;
    }

    [Theory]
    [InlineData("mail", "C: MAIL FROM:<joe@client.example>\nS: 451 4.7.1 *\n")]
    [InlineData("message", "C: MAIL FROM:<joe@client.example>\nS: 250 *\nC: RCPT TO:<alice@example.test>\nS: 250 *\n" + Message + "S: 451 4.7.1 *\n")]
    public async Task A_milter_that_never_answers_is_left_and_closed_when_it_comes_back(string step, string script)
    {
        var stuck = new TaskCompletionSource<Verdict>();
        var asked = 0;
        var milter = new ScriptedMilter { Answers = { [step] = () => asked++ == 0 ? new(stuck.Task) : new(Verdict.Dunno) } };
        var log = new LogLines();
        await using var server = await StartAsync(milter.With(), log);
        // The next transaction of the same session asks it anew.
        var play = server.PlayAsync(Greeting + script + "C: RSET\nS: 250 *\n" + Taken[Greeting.Length..] + Bye);
        while (!log.Text.Contains("no answer within", StringComparison.Ordinal) && !play.IsCompleted)
        {
            await server.AdvanceAsync(TimeSpan.FromSeconds(1), waits: false);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await play;
        Assert.Single(await server.QueuedAsync());
        Assert.Equal(2, milter.Heard.Count(line => line == "connect"));
        Assert.Single(milter.Heard, line => line == "close");
        stuck.SetResult(Verdict.Dunno);
        await WaitAsync(() => milter.Heard.Count(line => line == "close") == 2);
    }

    [Fact]
    public async Task A_milter_that_accepts_hears_no_more_of_the_message()
    {
        var milter = new ScriptedMilter { Answers = { ["mail"] = () => new(Verdict.Permit) } };
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(Taken + Taken[Greeting.Length..] + Bye);
        Assert.Equal(["connect", "helo client.example", "mail joe@client.example", "mail joe@client.example", "close"], milter.Heard);
    }

    [Fact]
    public async Task A_milter_that_accepts_at_helo_hears_no_more_of_the_session()
    {
        var milter = new ScriptedMilter { Answers = { ["helo"] = () => new(Verdict.Permit) } };
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(Taken + Taken[Greeting.Length..] + Bye);
        Assert.Equal(["connect", "helo client.example", "close"], milter.Heard);
    }

    [Fact]
    public async Task What_a_milter_discards_is_acknowledged_and_gone_and_nobody_else_is_asked()
    {
        var (first, second) = (new ScriptedMilter("first") { Answers = { ["data"] = () => new(new Verdict.Discard()) } }, new ScriptedMilter("second"));
        await using var server = await StartAsync(new MilterSettings { Milters = [first, second] });
        await server.PlayAsync(Taken + Bye);
        Assert.Empty(await server.QueuedAsync());
        Assert.DoesNotContain("data", second.Heard);
        Assert.DoesNotContain("message", second.Heard);
    }

    [Fact]
    public async Task What_one_milter_changes_the_next_one_and_the_policy_see()
    {
        var first = new ScriptedMilter("first")
        {
            AtEnd = (context, edits) =>
            {
                context.Message.AddHeader("X-First", "here");
                context.Message.RemoveHeader("X-Old");
                edits.ChangeSender(Address.FromInternal("new@client.example"));
                return new(Verdict.Dunno);
            },
        };
        var seen = "";
        var second = new ScriptedMilter("second")
        {
            AtEnd = (context, _) =>
            {
                seen = $"{context.Sender} {string.Join(' ', context.Message.Headers.Select(field => field.Name))}";
                return new(Verdict.Dunno);
            },
        };
        await using var server = await StartAsync(
            new MilterSettings { Milters = [first, second] }, endOfData: "export default [context => context.message.header('X-First') ? dunno() : reject('the field is not there')]; import { dunno, reject } from 'policymta';");
        var content = await QueuedAfterAsync(server);
        Assert.Equal("new@client.example Subject X-First", seen);
        Assert.Equal("Subject: hi\r\nX-First: here\r\n\r\nbody\r\n", content);
        Assert.Equal("new@client.example", Assert.Single(await server.QueuedAsync()).Sender.ToString());
    }

    [Theory]
    [InlineData("X-Old: 1\\r\\n\\r\\nbody\\r\\n", "X-Old: 1\r\n\r\nnew body\r\n")]
    [InlineData("no header at all\\r\\n", "\r\nnew body\r\n")]
    [InlineData("\\r\\n", "\r\nnew body\r\n")]
    public async Task A_new_body_comes_behind_the_header_section(string sent, string expected)
    {
        var before = "";
        var milter = new ScriptedMilter
        {
            AtEnd = async (context, edits) =>
            {
                before = await ReadAsync(context.Message.OpenBody());
                await edits.ReplaceBodyAsync("new "u8.ToArray(), default);
                await edits.ReplaceBodyAsync("body\r\n"u8.ToArray(), default);
                return Verdict.Dunno;
            },
            AtSigning = context => context.Message.AddHeader("X-Signed", new StreamReader(context.Message.OpenBody()).ReadToEnd().Trim(), atTop: true),
        };
        await using var server = await StartAsync(milter.With());
        var content = await QueuedAfterAsync(server, Envelope + $"C: DATA\nS: 354 *\nC! {sent}.\\r\\n\nS: 250 *\n");
        Assert.Equal("X-Signed: new body\r\n" + expected, content);
        Assert.Equal(sent.Contains("body", StringComparison.Ordinal) ? "body\r\n" : sent.StartsWith("no", StringComparison.Ordinal) ? "no header at all\r\n" : "", before);
    }

    [Fact]
    public async Task A_large_message_may_get_a_larger_body_and_a_refused_one_leaves_nothing_behind()
    {
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 62) + "\r\n", 1024)));
        var refuses = false;
        var milter = new ScriptedMilter
        {
            AtEnd = async (context, edits) =>
            {
                for (var i = 0; i < 40; i++) await edits.ReplaceBodyAsync(piece, default);
                return refuses ? Refusal : Verdict.Dunno;
            },
        };
        await using var server = await StartAsync(milter.With());
        var content = await QueuedAfterAsync(server);
        Assert.Equal("Subject: hi\r\nX-Old: 1\r\n\r\n".Length + 40 * piece.Length, content.Length);
        refuses = true;
        await server.PlayAsync(Envelope + Message + "S: 550 *\n" + Bye);
        Assert.Single(await server.QueuedAsync());
    }

    [Fact]
    public async Task Recipients_come_and_go_and_a_message_may_be_held()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = (_, edits) =>
            {
                edits.AddRecipient(Address.FromInternal("bob"));
                edits.RemoveRecipient(Address.FromInternal("alice@example.test"));
                edits.RemoveRecipient(Address.FromInternal("nobody@example.test"));
                edits.Quarantine("looks odd");
                return new(Verdict.Dunno);
            },
        };
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(Taken + Bye);
        var recipient = Assert.Single(Assert.Single(await server.QueuedAsync()).Recipients);
        Assert.Equal(("bob@example.test", RecipientState.Held, "looks odd"), (recipient.Address.ToString(), recipient.State, recipient.LastText));
    }

    [Fact]
    public async Task A_recipient_that_a_milter_adds_needs_a_grant_like_any_other()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = (_, edits) =>
            {
                edits.AddRecipient(Address.FromInternal("anybody@elsewhere.test"));
                return new(Verdict.Dunno);
            },
        };
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(Envelope + Message + "S: 554 5.7.1 <anybody@elsewhere.test>: Relay access denied\n" + Bye);
        Assert.Empty(await server.QueuedAsync());
    }

    [Fact]
    public async Task Signatures_stand_on_top_of_the_section_and_come_after_the_policy()
    {
        var (outer, inner) = (new ScriptedMilter("inner") { AtSigning = context => context.Message.AddHeader("DKIM-Signature", "one", atTop: true) },
            new ScriptedMilter("outer") { AtSigning = context => context.Message.AddHeader("ARC-Seal", $"over {context.Message.Headers[0].Name}", atTop: true) });
        await using var server = await StartAsync(
            new MilterSettings { Milters = [outer, inner] }, endOfData: "export default [context => { context.message.add_header('X-Policy', 'yes'); return dunno(); }]; import { dunno } from 'policymta';");
        Assert.Equal("ARC-Seal: over DKIM-Signature\r\nDKIM-Signature: one\r\nSubject: hi\r\nX-Old: 1\r\nX-Policy: yes\r\n\r\nbody\r\n", await QueuedAfterAsync(server));
    }

    [Fact]
    public async Task Results_of_milters_are_seen_by_policies_and_stand_in_one_field()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = (context, _) =>
            {
                context.Results.Add(new AuthenticationResult("dkim", "pass", "2048-bit \"key\"") { Properties = [new("header.d", "client.example"), new("header.b", "ab/c=")] });
                context.Results.Add(new AuthenticationResult("dmarc", "fail") { Properties = [new("header.from", "client.example")] });
                context.Results.Add(new AuthenticationResult("spamassassin", "spam") { IsPublished = false, Properties = [new("score", "7.5")] });
                return new(Verdict.Dunno);
            },
        };
        await using var server = await StartAsync(milter.With(), endOfData: "export default [context => context.results.dkim.result === 'pass' && Number(context.results.spamassassin.properties.score) === 7.5 ? dunno() : reject('no result')]; import { dunno, reject } from 'policymta';");
        await server.PlayAsync(Taken + Bye);
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        Assert.StartsWith(
            "Authentication-Results: mx.example.test;\r\n\tdkim=pass reason=\"2048-bit \\\"key\\\"\" header.d=client.example header.b=\"ab/c=\";\r\n\tdmarc=fail header.from=client.example\r\nReceived: ", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authentication-Results: mx.example.test; spf=pass\\r\\n", false)]
    [InlineData("AUTHENTICATION-RESULTS: (a (nested) comment)\\r\\n\\t(another) MX.EXAMPLE.TEST 1; spf=pass\\r\\n", false)]
    [InlineData("Authentication-Results : \"mx\\.example.test\"; spf=pass\\r\\n", false)]
    [InlineData("Authentication-Results: mx.example.test(x); spf=pass\\r\\n", false)]
    [InlineData("Authentication-Results: other.example; spf=pass\\r\\n", true)]
    [InlineData("Authentication-Results: mx.example.test.evil.example; spf=pass\\r\\n", true)]
    [InlineData("X-Authentication-Results: mx.example.test; spf=pass\\r\\n", true)]
    [InlineData("Subject: a\\r\\n Authentication-Results: mx.example.test; spf=pass\\r\\n", true)]
    public async Task A_field_that_claims_to_be_ours_is_removed(string field, bool stays)
    {
        await using var server = await StartAsync(MilterSettings.None);
        var content = await QueuedAfterAsync(server, Envelope + $"C: DATA\nS: 354 *\nC! X-One: 1\\r\\n{field}X-Two: 2\\r\\n\\r\\nAuthentication-Results: mx.example.test; in the body\\r\\n.\\r\\n\nS: 250 *\n");
        Assert.Equal($"X-One: 1\r\n{(stays ? field.Replace("\\r\\n", "\r\n", StringComparison.Ordinal) : "")}X-Two: 2\r\n\r\nAuthentication-Results: mx.example.test; in the body\r\n", content);
    }

    [Fact]
    public async Task A_field_of_ours_from_our_own_networks_stays()
    {
        await using var server = await ReceivingServer.StartAsync(service => service with { AuthservId = "mx.example.test" }, trustsLoopback: true);
        Assert.StartsWith("Authentication-Results: mx.example.test; spf=pass\r\n", await QueuedAfterAsync(server, Envelope + "C: DATA\nS: 354 *\nC! Authentication-Results: mx.example.test; spf=pass\\r\\n\\r\\n.\\r\\n\nS: 250 *\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Local_mail_passes_its_own_milters()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = (context, edits) =>
            {
                context.Message.AddHeader("X-Local", context.Client.Name);
                return new(Verdict.Dunno);
            },
            AtSigning = context => context.Message.AddHeader("X-Signed", context.Sender.ToString(), atTop: true),
        };
        await using var server = await MaildropServer.StartAsync(change: settings => settings with { Milters = milter.With() });
        await server.SubmitAsync("Subject: hi\n\nbody\n");
        var (_, content) = await server.QueuedAsync();
        Assert.Contains("\r\nX-Signed: anna@example.test\r\n", content, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Local: localhost\r\n", content, StringComparison.Ordinal);
        await server.UntilAsync(() => Task.FromResult(milter.Heard.Contains("close")));
        Assert.Equal(["connect", "mail anna@example.test", "rcpt alice@example.test", "data", "message", "sign", "close"], milter.Heard);
    }

    [Fact]
    public async Task Local_mail_that_a_milter_refuses_is_returned_and_what_it_defers_waits()
    {
        var answer = Refusal;
        var milter = new ScriptedMilter { Answers = { ["rcpt"] = () => new(answer) } };
        await using var server = await MaildropServer.StartAsync(change: settings => settings with { Milters = milter.With() });
        await server.SubmitAsync("Subject: hi\n\nbody\n");
        await server.UntilAsync(() => Task.FromResult(server.Log.Text.Contains("no thanks", StringComparison.Ordinal)));
        answer = new Verdict.Refuse(451, new EnhancedStatus(4, 7, 1), "later");
        await server.SubmitAsync("Subject: again\n\nbody\n");
        await server.UntilAsync(() => Task.FromResult(server.Log.Text.Contains("later", StringComparison.Ordinal)));
        answer = Verdict.Dunno;
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "it never happened");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }
}
