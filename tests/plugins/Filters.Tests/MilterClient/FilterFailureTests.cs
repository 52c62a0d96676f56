using System.Text;
using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.MilterClient;

public sealed class FilterFailureTests
{
    public static TheoryData<char> Steps => [.. "OCHMRTLNBE"];

    private static readonly string[][] Nonsense = [["raw:\0\0\0\0"], ["raw:\u007f\0\0\0x"], ["raw:\0\u0010\0\u0002x"], ["z"], ["O"], ["y250 2.0.0 Ok\0"], ["y5x0\0"], ["y"], ["y550 no end"], ["f"], ["y550 a\n450 b\0"]];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_filter_that_closes_the_connection_has_failed_and_nothing_is_changed(char step)
    {
        await using var filter = new ScriptedFilter { Answers = { [step] = ScriptedFilter.Closes } };
        await FailsAsync(filter);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_filter_that_talks_nonsense_has_failed(char step)
    {
        foreach (var nonsense in Nonsense)
        {
            await using var filter = new ScriptedFilter { Answers = { [step] = nonsense } };
            await FailsAsync(filter);
        }
    }

    [Theory]
    [InlineData("CHMRTLNB", "h", "X\0y\0")]
    [InlineData("CHMRTLNE", "s", "")]
    [InlineData("CH", "d", "")]
    public async Task An_answer_in_the_wrong_place_is_nonsense(string steps, string letter, string content)
    {
        foreach (var step in steps)
        {
            await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(steps: 0x400), Answers = { [step] = [letter + content] } };
            await FailsAsync(filter);
        }
    }

    [Theory]
    [InlineData("hX-New\0n\0")]
    [InlineData("+<b@example.test>\0")]
    [InlineData("e<b@example.test>\0")]
    [InlineData("qodd\0")]
    public async Task A_filter_that_dies_behind_a_change_changes_nothing(string change)
    {
        foreach (var last in (string[])["raw:\0\0", "z", "hX\0", "h\0\0", "i\0\0\0", "m\0\0\0\0X\0y\0", "m\u00ff\u00ff\u00ff\u00ffX\0y\0", "+\0", "-<>\0", "e", "q"])
        {
            await using var filter = new ScriptedFilter { Answers = { ['E'] = [change, last] }, Unanswered = "DAQ" };
            if (last.StartsWith("raw", StringComparison.Ordinal)) await BreaksOffAsync(filter);
            else await FailsAsync(filter);
        }
    }

    [Theory]
    [InlineData(1u, 0x1ffu, 0u, "it speaks protocol 1")]
    [InlineData(7u, 0x1ffu, 0u, "it speaks protocol 7")]
    [InlineData(6u, 0x200u, 0u, "it wants actions 0x200")]
    [InlineData(6u, 0x1ffu, 0x800u, "it wants steps 0x800")]
    [InlineData(6u, 0x1ffu, 0x200000u, "it wants steps 0x200000")]
    public async Task A_filter_that_wants_what_is_not_there_is_refused(uint version, uint actions, uint steps, string expected)
    {
        await using var filter = new ScriptedFilter { Agrees = ScriptedFilter.Agreeing(version, actions, steps) };
        var failure = await Assert.ThrowsAsync<TemporaryFailureException>(() => FilterPlay.StartAsync(filter));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_that_is_not_there_has_failed()
    {
        var filter = new ScriptedFilter();
        var place = filter.Place;
        await filter.DisposeAsync();
        await using var milter = new FilterMilter("inet:test", place, FilterPlay.Names, TimeProvider.System);
        await using var other = new ScriptedFilter();
        await using var play = await FilterPlay.StartAsync(other);
        await Assert.ThrowsAsync<TemporaryFailureException>(async () => await milter.StartAsync(new ClientContext(play.Facts), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_silent_filter_is_left_when_its_time_is_over()
    {
        await using var filter = new ScriptedFilter { Answers = { ['E'] = ["hX-New\0n\0", ""] } };
        await BreaksOffAsync(filter);
    }

    [Theory]
    [InlineData(EditList.MostEdits, true)]
    [InlineData(EditList.MostEdits + 1, false)]
    public async Task So_many_changes_and_no_more(int count, bool isTaken)
    {
        await using var filter = new ScriptedFilter { Answers = { ['E'] = [.. Enumerable.Repeat("-<a@b.test>\0", count), "c"] } };
        if (!isTaken) await FailsAsync(filter);
        else
        {
            await using var play = await FilterPlay.StartAsync(filter);
            await play.PlayAsync();
            Assert.Equal(count, play.Changes.Count);
        }
    }

    [Theory]
    [InlineData(Frame.LongestContent, true)]
    [InlineData(Frame.LongestContent + 1, false)]
    public async Task So_long_a_packet_and_no_longer(int length, bool isTaken)
    {
        await using var filter = new ScriptedFilter { Answers = { ['E'] = ["b" + new string('x', length), "c"] } };
        if (!isTaken) await FailsAsync(filter);
        else
        {
            await using var play = await FilterPlay.StartAsync(filter);
            await play.PlayAsync();
            Assert.Equal(length + 2, play.Body.Length);
        }
    }

    [Fact]
    public void Any_packet_is_read_or_refused()
    {
        var random = new Random(20261123);
        var read = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var content = new byte[random.Next(40)];
            foreach (ref var one in content.AsSpan()) one = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"\0\0\0\u0001<a@b>45 1-.\n\r\"\\"[random.Next(18)];
            var frame = new Frame(random.Next(4) == 0 ? (char)random.Next(256) : "hibme+2-qycOardst4pf"[random.Next(20)], content);
            try
            {
                if (frame.Letter == 'O') Agreement.Read(frame);
                else if (FilterReply.Read(frame) is FilterReply.Decided { Verdict: Verdict.Refuse refusal })
                {
                    Assert.InRange(refusal.Code, 400, 599);
                    Assert.Equal(refusal.Code / 100, refusal.Status.Class);
                    Assert.DoesNotContain('\n', refusal.Text + string.Concat(refusal.Further));
                }
                read++;
            }
            catch (InvalidDataException)
            {
                // Said so.
            }
        }
        Assert.InRange(read, 1000, 49_000);
    }

    [Fact]
    public void Line_ends_are_the_same_however_a_body_is_cut()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => "ab\r\n\n\r"[random.Next(6)]));
            var ends = new LineEnds();
            var cut = new StringBuilder();
            for (var at = 0; at < text.Length;)
            {
                var length = Math.Min(random.Next(4), text.Length - at);
                cut.Append(Encoding.Latin1.GetString(ends.Write(Encoding.Latin1.GetBytes(text.Substring(at, length))).Span));
                at += length;
            }
            cut.Append(Encoding.Latin1.GetString(ends.Finish().Span));
            var expected = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
            if (expected.EndsWith('\r')) expected += "\n";
            else if (!expected.EndsWith('\n')) expected += "\r\n";
            Assert.Equal(expected, cut.ToString());
        }
    }

    private static async Task FailsAsync(ScriptedFilter filter)
    {
        FilterPlay? play = null;
        await Assert.ThrowsAsync<TemporaryFailureException>(async () => await (play = await FilterPlay.StartAsync(filter)).PlayAsync());
        if (play is null) return;
        Assert.Empty(play.Changes);
        Assert.Equal(2, play.Message.Headers.Count);
        await play.DisposeAsync();
    }

    // As the session does it: the token ends, and the call with it.
    private static async Task BreaksOffAsync(ScriptedFilter filter)
    {
        await using var play = await FilterPlay.StartAsync(filter);
        await play.MailAsync();
        using var patience = new CancellationTokenSource();
        var end = play.EndAsync(patience.Token);
        await FilterSessionTests.UntilAsync(() => filter.Letters.EndsWith('E'));
        Assert.False(end.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => end);
        Assert.Empty(play.Changes);
        Assert.Equal(2, play.Message.Headers.Count);
    }
}
