using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class QueueIdTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Ids_use_the_long_alphabet_of_Postfix()
    {
        var id = new QueueIdGenerator(_time, "mx1", null).Next();

        Assert.Matches("^[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{4}$", id.Value);
    }

    [Fact]
    public void Ids_grow_when_the_clock_stands_still_or_steps_back()
    {
        var back = new SteppedTime(_time.GetUtcNow());
        var ids = new QueueIdGenerator(back, "mx1", null);
        var given = new List<QueueId>();
        for (var i = 0; i < 1000; i++)
        {
            given.Add(ids.Next());
            if (i == 500) back.Now -= TimeSpan.FromDays(30);
        }

        Assert.Equal(given.OrderBy(id => id).Distinct(), given);
    }

    [Fact]
    public void Ids_go_on_from_the_last_one_after_a_restart()
    {
        var last = new QueueIdGenerator(_time, "mx1", null).Next();
        var back = new SteppedTime(_time.GetUtcNow() - TimeSpan.FromDays(1));

        Assert.True(new QueueIdGenerator(back, "mx1", last).Next().CompareTo(last) > 0);
    }

    [Fact]
    public void Nodes_never_share_an_id() =>
        Assert.NotEqual(new QueueIdGenerator(_time, "mx1", null).Next(), new QueueIdGenerator(_time, "mx2", null).Next());

    [Fact]
    public void Id_gives_back_its_time_and_sorts_by_it() =>
        Gen.Select(Gen.Long[0, 9_000_000_000_000_000], Gen.Long[0, 9_000_000_000_000_000]).Sample((a, b) =>
        {
            Assert.True(QueueIdGenerator.TryReadTime(QueueIdGenerator.FromTime(a), out var read));
            Assert.Equal(a, read);
            Assert.Equal(Math.Sign(a.CompareTo(b)), Math.Sign(QueueIdGenerator.FromTime(a).CompareTo(QueueIdGenerator.FromTime(b))));
        });

    [Theory]
    [InlineData("")]
    [InlineData("9A56411C3C2")]
    [InlineData("0000000000y0000")]
    [InlineData("000000zzzzz0000")]
    [InlineData("00000A0000z0000")]
    public void Other_texts_are_no_ids(string text) => Assert.False(QueueIdGenerator.TryReadTime(new QueueId(text), out _));
}
