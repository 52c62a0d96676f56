using System.Text;
using System.Text.Json;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>What milters change, and what is left of one that failed.</summary>
public sealed class MilterEditTests
{
    private const string Greeting = "S: 220 *\nC: EHLO client.example\nS: ...\n";
    private const string Envelope = Greeting + "C: MAIL FROM:<joe@client.example>\nS: 250 2.1.0 Ok\nC: RCPT TO:<alice@example.test>\nS: 250 2.1.5 Ok\n";
    private const string Message = "C: DATA\nS: 354 *\nC! Authentication-Results: mx.example.test; spf=pass\\r\\nX-Old: 1\\r\\nX-Old: 2\\r\\n\\r\\nbody\\r\\n.\\r\\n\n";
    private const string Taken = Envelope + Message + "S: 250 2.0.0 Ok: queued as *\n";
    private const string Bye = "C: QUIT\nS: 221 2.0.0 Bye\nEOF";

    private static Task<ReceivingServer> StartAsync(MilterSettings milters, LogLines? log = null, ContentCheckSettings? checks = null) => ReceivingServer.StartAsync(
        service => service with { Milters = milters, AuthservId = "mx.example.test" }, new Dictionary<string, string>(Rules.Default), loggers: log, holds: false,
        generation: generation => checks is null ? generation : generation with { Cleanup = new CleanupSettings { Checks = checks } });

    private static async Task<string> QueuedAfterAsync(ReceivingServer server)
    {
        await server.PlayAsync(Taken + Bye);
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        return content[(content.IndexOf("(UTC)\r\n", StringComparison.Ordinal) + 7)..];
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.ASCII.GetBytes(text);

    [Fact]
    public async Task Half_a_body_is_forgotten_with_the_milter_that_failed()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = async (_, edits) =>
            {
                await edits.ReplaceBodyAsync(Bytes("half a b"), default);
                throw new TemporaryFailureException("it died");
            },
        };
        await using var server = await StartAsync(milter.With(MilterDefaultAction.Accept));
        Assert.Equal("X-Old: 1\r\nX-Old: 2\r\n\r\nbody\r\n", await QueuedAfterAsync(server));
    }

    [Fact]
    public async Task The_last_milter_that_writes_a_body_has_the_whole_say()
    {
        var seen = "";
        var (first, second) = (new ScriptedMilter("first") { AtEnd = (_, edits) => WriteAsync(edits, "one\r\n") }, new ScriptedMilter("second")
        {
            AtEnd = async (context, edits) =>
            {
                seen = await new StreamReader(context.Message.OpenBody()).ReadToEndAsync();
                return await WriteAsync(edits, "two\r\n");
            },
        });
        await using var server = await StartAsync(new MilterSettings { Milters = [first, second] });
        Assert.Equal("X-Old: 1\r\nX-Old: 2\r\n\r\ntwo\r\n", await QueuedAfterAsync(server));
        Assert.Equal("one\r\n", seen);

        static async ValueTask<Verdict> WriteAsync(IMilterEdits edits, string body)
        {
            await edits.ReplaceBodyAsync(Bytes(body), default);
            return Verdict.Dunno;
        }
    }

    [Fact]
    public async Task What_a_milter_that_was_given_up_still_does_counts_no_more()
    {
        var (edits, seen) = (new TaskCompletionSource<IMilterEdits>(), new TaskCompletionSource());
        var milter = new ScriptedMilter
        {
            AtEnd = async (_, late) =>
            {
                edits.SetResult(late);
                await seen.Task;
                return Verdict.Dunno;
            },
        };
        await using var server = await StartAsync(milter.With(MilterDefaultAction.Accept) with { ContentTimeout = TimeSpan.FromSeconds(5) });
        var play = server.PlayAsync(Taken + Bye);
        var late = await edits.Task;
        while (!play.IsCompleted)
        {
            await server.AdvanceAsync(TimeSpan.FromSeconds(1), waits: false);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await play;
        Assert.Throws<ObjectDisposedException>(() => late.AddRecipient(Address.FromInternal("bob@example.test")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => late.ReplaceBodyAsync(Bytes("late"), default).AsTask());
        seen.SetResult();
        Assert.Single(Assert.Single(await server.QueuedAsync()).Recipients);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_milter_that_still_works_gets_more_time_but_not_for_ever(bool ends)
    {
        var (edits, goesOn) = (new TaskCompletionSource<IMilterEdits>(), new TaskCompletionSource());
        var milter = new ScriptedMilter
        {
            AtEnd = async (_, given) =>
            {
                edits.SetResult(given);
                await goesOn.Task;
                return Verdict.Dunno;
            },
        };
        await using var server = await StartAsync(milter.With() with { ContentTimeout = TimeSpan.FromSeconds(10) });
        var play = server.PlayAsync(Envelope + Message + (ends ? "S: 250 2.0.0 *\n" : "S: 451 4.7.1 *\n") + Bye);
        var working = await edits.Task;
        // Small steps: it says so many times within each span of its time, however late the server looks.
        for (var seconds = 0; ends ? seconds < 35 : !play.IsCompleted; seconds++)
        {
            if (!TryProgress(working)) break;
            await server.AdvanceAsync(TimeSpan.FromSeconds(1), waits: false);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        Assert.Equal(ends, TryProgress(working));
        goesOn.SetResult();
        await play;
    }

    private static bool TryProgress(IMilterEdits edits)
    {
        try
        {
            edits.Progress();
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    [Fact]
    public async Task What_a_milter_writes_in_our_name_stays_and_what_came_with_the_message_goes()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = (context, _) =>
            {
                Assert.Equal(" mx.example.test; spf=pass", context.Message.Headers[0].Value);
                context.Message.InsertHeader(0, "Authentication-Results", "mx.example.test; spf=pass");
                context.Message.InsertHeader(2, "X-Third", "3");
                context.Message.InsertHeader(99, "X-Last", "9");
                Assert.True(context.Message.RemoveHeader("x-old", 2));
                Assert.False(context.Message.RemoveHeader("x-old", 2));
                return new(Verdict.Dunno);
            },
        };
        await using var server = await StartAsync(milter.With());
        Assert.Equal("Authentication-Results: mx.example.test; spf=pass\r\nX-Third: 3\r\nX-Old: 1\r\nX-Last: 9\r\n\r\nbody\r\n", await QueuedAfterAsync(server));
    }

    [Theory]
    [InlineData("STRIP", "X-Old: 1\r\nX-Old: 2\r\n\r\nbody\r\n")]
    [InlineData("REPLACE X-Other: 7", "X-Old: 1\r\nX-Old: 2\r\nX-Other: 7\r\n\r\nbody\r\n")]
    [InlineData("PREPEND X-Before: 7", "X-Old: 1\r\nX-Old: 2\r\nX-Before: 7\r\nX-New: odd\r\n\r\nbody\r\n")]
    [InlineData("WARN look", "X-Old: 1\r\nX-Old: 2\r\nX-New: odd\r\n\r\nbody\r\n")]
    [InlineData("REPLACE nonsense", "X-Old: 1\r\nX-Old: 2\r\nX-New: odd\r\n\r\nbody\r\n")]
    public async Task Fields_that_milters_write_are_looked_at(string action, string expected)
    {
        var seen = "";
        var first = new ScriptedMilter("first")
        {
            AtEnd = (context, _) =>
            {
                context.Message.AddHeader("X-Gone", "odd");
                context.Message.RemoveHeader("X-Gone");
                context.Message.AddHeader("X-New", "odd");
                return new(Verdict.Dunno);
            },
        };
        var second = new ScriptedMilter("second")
        {
            AtEnd = (context, _) =>
            {
                seen = string.Join(',', context.Message.Headers.Select(field => field.Name));
                return new(Verdict.Dunno);
            },
        };
        // What came from the client is not looked at.
        var table = new FakeTable { ["x-new: odd"] = action, ["x-gone: odd"] = "STRIP", ["x-old: 1"] = "REJECT" };
        await using var server = await StartAsync(new MilterSettings { Milters = [first, second] }, checks: new ContentCheckSettings { MilterHeaderChecks = [table] });
        Assert.Equal(expected, await QueuedAfterAsync(server));
        Assert.Equal(string.Join(',', ("Authentication-Results: x\r\n" + expected[..expected.IndexOf("\r\n\r\n", StringComparison.Ordinal)]).Split("\r\n").Select(line => line.Split(':')[0])), seen);
    }

    [Fact]
    public async Task A_table_for_fields_of_milters_that_can_not_say_puts_the_mail_off()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = (context, _) =>
            {
                context.Message.AddHeader("X-New", "odd");
                return new(Verdict.Dunno);
            },
        };
        await using var server = await StartAsync(milter.With(), checks: new ContentCheckSettings { MilterHeaderChecks = [new FakeTable { IsBroken = true }] });
        await server.PlayAsync(Envelope + Message + "S: 451 4.3.0 *\n" + Bye);
        Assert.Empty(await server.QueuedAsync());
    }

    [Theory]
    [InlineData("other", "other")]
    [InlineData("disable", "")]
    [InlineData("nobody", "first")]
    [InlineData(null, "first")]
    [InlineData("!", "first")]
    public async Task A_client_may_have_milters_of_its_own(string? value, string asked)
    {
        var (first, other) = (new ScriptedMilter("first"), new ScriptedMilter("other"));
        var table = new FakeTable { IsBroken = value == "!" };
        if (value is not null) table["127.0.0.1"] = value;
        var maps = new MilterMaps([table], text => text == "other" ? other.With() : throw new ConfigurationException($"'{text}' stands in no list"));
        var log = new LogLines();
        await using var server = await ReceivingServer.StartAsync(service => service with { Milters = first.With(), MilterMaps = maps }, new Dictionary<string, string>(Rules.Default), loggers: log);
        await server.PlayAsync(Taken + Bye);
        Assert.Equal(asked, string.Join(',', new[] { first, other }.Where(milter => milter.Heard.Contains("data")).Select(milter => milter.Name)));
        Assert.Equal(value is "nobody" or "!", log.Text.Contains("table lookup failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_rules_put_on_top_milters_see_and_may_change()
    {
        var seen = "";
        var milter = new ScriptedMilter
        {
            AtEnd = (context, _) =>
            {
                seen = string.Join(' ', context.Message.Headers.Select(field => field.Name + field.Value));
                context.Message.RemoveHeader("X-Gone");
                context.Message.ChangeHeader("X-Other", 1, "changed");
                return new(Verdict.Dunno);
            },
        };
        var policies = new Dictionary<string, string>(Rules.Default) { ["recipient.js"] = "import { prepend } from 'policymta'; export default [() => [prepend('X-Stays: 1'), prepend('X-Gone: 2'), prepend('X-Other: 3')]];" };
        await using var server = await ReceivingServer.StartAsync(service => service with { Milters = milter.With() }, policies, holds: false);
        await server.PlayAsync(Taken + Bye);
        Assert.StartsWith("X-Other 3 X-Gone 2 X-Stays 1 Authentication-Results", seen, StringComparison.Ordinal);
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        Assert.StartsWith("X-Stays: 1\r\nReceived: from", content, StringComparison.Ordinal);
        Assert.Contains("(UTC)\r\nX-Other: changed\r\nAuthentication-Results", content, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Gone", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_may_have_several_lines()
    {
        var milter = new ScriptedMilter { Answers = { ["mail"] = () => new(new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "one") { Further = ["two\r\nthree"] }) } };
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(Greeting + "C: MAIL FROM:<joe@client.example>\nS: 550-5.7.1 one\nS: 550 5.7.1 two??three\n" + Bye);
    }

    [Fact]
    public async Task A_new_sender_and_a_new_recipient_bring_their_parameters()
    {
        var milter = new ScriptedMilter
        {
            AtEnd = (_, edits) =>
            {
                edits.ChangeSender(Address.FromInternal("new@client.example"), MailParameters.None with { EnvelopeId = "id", Ret = Ret.Headers });
                edits.AddRecipient(Address.FromInternal("bob@example.test"), RecipientParameters.None with { Notify = Notify.Never });
                return new(Verdict.Dunno);
            },
        };
        await using var server = await StartAsync(milter.With());
        await server.PlayAsync(Taken + Bye);
        var entry = Assert.Single(await server.QueuedAsync());
        Assert.Equal("new@client.example", entry.Sender.ToString());
        Assert.Equal(["alice@example.test", "bob@example.test"], entry.Recipients.Select(recipient => recipient.Address.ToString()));
    }

    [Fact]
    public async Task A_milter_may_have_its_own_default_action()
    {
        var (first, second) = (Failing("first"), Failing("second"));
        var all = new MilterSettings { Milters = [first, second], DefaultAction = MilterDefaultAction.Reject };
        await using var server = await StartAsync(all with { Own = new Dictionary<IMilter, MilterSettings> { [first] = all with { DefaultAction = MilterDefaultAction.Accept } } });
        await server.PlayAsync(Greeting + "C: MAIL FROM:<joe@client.example>\nS: 550 5.5.0 Service unavailable\n" + Bye);
        Assert.Contains("mail joe@client.example", second.Heard);

        static ScriptedMilter Failing(string name) => new(name) { Answers = { ["mail"] = () => throw new TemporaryFailureException("it died") } };
    }

    [Fact]
    [Trait("Category", "Suites")]
    public void Header_edits_give_what_they_give_in_Postfix()
    {
        if (Suites.Find("postfix/milter-edits.json") is not { } suite)
        {
            Assert.Skip("postfix/milter-edits.json is not here");
            return;
        }
        var played = 0;
        foreach (var one in suite.RootElement.GetProperty("cases").EnumerateArray())
        {
            var commands = one.GetProperty("commands").EnumerateArray().Select(command => command.GetString()!.Split(' ')).Where(words => words[0] is not ("open" or "close")).ToArray();
            if (!commands.All(words => words[0] is "add_header" or "ins_header" or "upd_header" or "del_header")) continue;
            var before = Text(one, "message_before");
            var section = HeaderSection.Parse(Encoding.Latin1.GetBytes(before));
            foreach (var words in commands) Edit(section, words);
            var after = new StringBuilder();
            section.WriteTo(after);
            Assert.True(Text(one, "message_after") == after + before[section.Length..], one.GetProperty("id").GetString());
            played++;
        }
        Assert.True(played >= 6, $"{played} cases");
    }

    private static string Text(JsonElement one, string name) => one.GetProperty(name).GetString()!.Replace("\n", "\r\n", StringComparison.Ordinal);

    // As the suite counts: places and occurrences from 1.
    private static void Edit(HeaderSection section, string[] words)
    {
        switch (words[0])
        {
            case "add_header": section.Add(words[1], words[2], atTop: false); break;
            case "ins_header": section.Insert(int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture) - 1, words[2], words[3]); break;
            case "upd_header": section.Change(words[2], int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), words[3]); break;
            default: section.Remove(words[2], int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture)); break;
        }
    }
}
