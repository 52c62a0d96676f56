using System.Buffers.Binary;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.MilterClient;

public sealed class FilterSessionTests
{
    private const string Tempfail = "451 4.7.1 Service unavailable - try again later";

    private static string Index(int index) => Encoding.Latin1.GetString(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(index)));

    private static string Said(Verdict verdict) => verdict is Verdict.Refuse refusal ? string.Join('/', (string[])[$"{refusal.Code} {refusal.Status} {refusal.Text}", .. refusal.Further]) : verdict.GetType().Name;

    [Fact]
    public async Task A_filter_hears_each_step_with_its_macros()
    {
        await using var filter = new ScriptedFilter();
        await using (var play = await FilterPlay.StartAsync(filter)) Assert.Equal(Verdict.Dunno, await play.PlayAsync());
        await UntilAsync(() => filter.Letters.EndsWith('Q'));
        Assert.Equal(
            [
                "O|||\u0006||\u0001ÿ|\u001f÷ÿ", "DCj|mx.example.test|{daemon_name}|smtpd|v|Test 1.0|", "Cclient.example.com|4\u0010\u0010192.0.2.7|", "Hmail.good.test|",
                "DMi|QTEST01|{auth_authen}|joe|{mail_addr}|joe@good.test|", "M<joe@good.test>|SIZE=1000|BODY=8BITMIME|", "DR{rcpt_addr}|alice@example.test|{rcpt_mailer}|local|", "R<alice@example.test>|NOTIFY=NEVER|",
                "DTi|QTEST01|", "T", "LFrom|a@good.test|", "LSubject|hi|", "DNi|QTEST01|", "N", "Bbody\r\n", "DEi|QTEST01|", "E", "Q",
            ],
            filter.Heard);
    }

    [Fact]
    public async Task One_connection_serves_all_messages_of_a_session()
    {
        await using var filter = new ScriptedFilter();
        await using (var play = await FilterPlay.StartAsync(filter))
        {
            await play.PlayAsync();
            await play.MailAsync();
            await play.AbortAsync();
            await play.MailAsync();
            await play.RecipientAsync();
            await play.DataAsync();
            await play.EndAsync();
        }
        await UntilAsync(() => filter.Letters.EndsWith('Q'));
        Assert.Equal("OCHMRTLLNBEMAMRTLLNBEQ", filter.Letters.Replace("D", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_filter_that_accepted_early_is_told_before_the_next_message()
    {
        await using var filter = new ScriptedFilter { Answers = { ['M'] = ["a"] } };
        await using (var play = await FilterPlay.StartAsync(filter))
        {
            Assert.Equal(Verdict.Permit, await play.PlayAsync());
            Assert.Equal(Verdict.Permit, await play.MailAsync());
        }
        await UntilAsync(() => filter.Letters.EndsWith('Q'));
        Assert.Equal("OCHMAMQ", filter.Letters.Replace("D", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_filter_that_accepts_the_connection_hears_no_more()
    {
        await using var filter = new ScriptedFilter { Answers = { ['C'] = ["a"] } };
        await using (var play = await FilterPlay.StartAsync(filter)) Assert.False(play.Listens);
        await UntilAsync(() => filter.Letters.EndsWith('Q'));
    }

    [Theory]
    [InlineData('C')]
    [InlineData('H')]
    [InlineData('M')]
    [InlineData('R')]
    [InlineData('T')]
    [InlineData('L')]
    [InlineData('N')]
    [InlineData('B')]
    [InlineData('E')]
    public async Task What_a_filter_decides_at_any_step_is_the_verdict(char step)
    {
        foreach (var (answer, expected) in ((string, string)[])[
            ("r", "550 5.7.1 Command rejected"), ("t", Tempfail), ("4", "421 4.7.0 Service unavailable"), ("y554 5.7.9 no\0", "554 5.7.9 no"), ("y450 slow down\0", "450 4.0.0 slow down"),
            ("y550-5.7.1 one\r\n550 5.7.1 two\0", "550 5.7.1 one/two"), ("y501\0", "501 5.0.0 "), ("y550-5.7.1 one\r\n550-5.7.10 two\r\n550 5.7.1\0", "550 5.7.1 one/5.7.10 two/")])
        {
            await using var filter = new ScriptedFilter { Answers = { [step] = [answer] } };
            await using var play = await FilterPlay.StartAsync(filter);
            var verdict = await play.PlayAsync();
            Assert.Equal(expected, Said(verdict));
            Assert.Equal(answer == "4", ((Verdict.Refuse)verdict).Disconnects);
        }
    }

    [Theory]
    [InlineData('M')]
    [InlineData('R')]
    [InlineData('L')]
    [InlineData('B')]
    [InlineData('E')]
    public async Task A_message_may_be_discarded(char step)
    {
        await using var filter = new ScriptedFilter { Answers = { [step] = ["d"] } };
        await using var play = await FilterPlay.StartAsync(filter);
        Assert.IsType<Verdict.Discard>(await play.PlayAsync());
    }

    [Theory]
    [InlineData(0x1u | 0x1000, "OHMRTLLNBE")]
    [InlineData(0x2u, "OCMRTLLNBE")]
    [InlineData(0x4u, "OCHRTLLNBE")]
    [InlineData(0x8u, "OCHMTLLNBE")]
    [InlineData(0x10u, "OCHMRTLLNE")]
    [InlineData(0x20u, "OCHMRTNBE")]
    [InlineData(0x40u, "OCHMRTLLBE")]
    [InlineData(0x200u, "OCHMRLLNBE")]
    public async Task What_a_filter_does_not_want_it_does_not_hear(uint steps, string letters)
    {
        await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(steps: steps) };
        await using var play = await FilterPlay.StartAsync(filter);
        Assert.Equal(Verdict.Dunno, await play.PlayAsync());
        Assert.Equal(letters, filter.Letters.Replace("D", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_filter_does_not_answer_is_not_waited_for()
    {
        await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(steps: 0xDF080), Unanswered = "DAQCHMRTLNB" };
        await using var play = await FilterPlay.StartAsync(filter);
        Assert.Equal(Verdict.Dunno, await play.PlayAsync());
        Assert.Equal("OCHMRTLLNBE", filter.Letters.Replace("D", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_older_filter_does_not_hear_of_DATA()
    {
        await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(version: 3) };
        await using var play = await FilterPlay.StartAsync(filter);
        Assert.Equal(Verdict.Dunno, await play.PlayAsync());
        Assert.DoesNotContain('T', filter.Letters);
    }

    [Fact]
    public async Task A_filter_may_ask_for_other_macros()
    {
        await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(lists: [0, 0, 0, 2, .. "{client_name} auth_type\0"u8, 0, 0, 0, 3, 0]) };
        await using var play = await FilterPlay.StartAsync(filter);
        await play.PlayAsync();
        Assert.Contains("DM{auth_type}|PLAIN|", filter.Heard.Select(line => line.Replace("{client_name}|client.example.com|", "", StringComparison.Ordinal)));
        Assert.DoesNotContain(filter.Heard, line => line.StartsWith("DR", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_body_goes_in_pieces_and_a_filter_may_have_enough()
    {
        foreach (var (answer, pieces) in ((string, int)[])[("c", 4), ("s", 1)])
        {
            await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(steps: 0x400), Answers = { ['B'] = [answer] } };
            await using var play = await FilterPlay.StartAsync(filter);
            play.Message = new FakeMessage("A: b\r\n\r\n" + new string('x', 3 * 65535 + 1));
            Assert.Equal(Verdict.Dunno, await play.PlayAsync());
            Assert.Equal(pieces, filter.Heard.Count(line => line[0] == 'B'));
            Assert.All(filter.Heard, line => Assert.InRange(line.Length, 1, 65536));
        }
    }

    [Fact]
    public async Task All_changes_are_made_in_their_order()
    {
        await using var filter = new ScriptedFilter
        {
            Answers =
            {
                ['E'] =
                [
                    "hX-Last\0one\n two\nthree\0", "i" + Index(0) + "X-Top\0t\0", "i" + Index(2) + "X-Second\0s\0", "m" + Index(1) + "subject\0changed\0", "m" + Index(1) + "From\0\0", "m" + Index(2) + "X-New\0n\0",
                    "bnew\n", "b\r\nbody\r", "b\nend", "p", "e<new@good.test>\0RET=HDRS ENVID=a+2Bb X=1\0", "+<\"b o\"@example.test>\0", "2<c@example.test>\0NOTIFY=success,delay ORCPT=rfc822;x+40y\0", "-alice@example.test\0", "qlooks odd\0", "c",
                ],
            },
        };
        await using var play = await FilterPlay.StartAsync(filter);
        Assert.Equal(Verdict.Dunno, await play.PlayAsync());
        Assert.Equal("X-Top: t\r\nX-Second: s\r\nSubject: changed\r\nX-Last: one\r\n two\r\n\tthree\r\nX-New: n\r\n\r\nbody\r\n", Encoding.Latin1.GetString(play.Message.Queued), ignoreCase: true);
        Assert.Equal("new\r\n\r\nbody\r\nend\r\n", play.Body);
        Assert.Equal(
            ["progress", "from new@good.test a+b Headers", "add b o@example.test", "add c@example.test Success, Delay rfc822;x@y", "remove alice@example.test", "hold looks odd"],
            play.Changes);
    }

    [Fact]
    public async Task A_filter_that_wants_the_space_behind_the_colon_gets_and_gives_it()
    {
        await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(steps: 0x100000), Answers = { ['E'] = ["hX-Two\0  2\0", "a"] } };
        await using var play = await FilterPlay.StartAsync(filter);
        Assert.Equal(Verdict.Permit, await play.PlayAsync());
        Assert.Contains("LFrom| a@good.test|", filter.Heard);
        Assert.Equal("  2", play.Message.FindHeader("X-Two")!.Value);
    }

    [Theory]
    [InlineData("r")]
    [InlineData("t")]
    [InlineData("d")]
    public async Task What_is_refused_or_discarded_is_not_changed(string answer)
    {
        await using var filter = new ScriptedFilter { Answers = { ['E'] = ["hX-New\0n\0", "+<b@example.test>\0", answer] } };
        await using var play = await FilterPlay.StartAsync(filter);
        await play.PlayAsync();
        Assert.Empty(play.Changes);
        Assert.Null(play.Message.FindHeader("X-New"));
    }

    internal static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
