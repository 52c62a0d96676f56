using System.Text;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Delivery.Verification;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Verification;

public sealed class EntryTests
{
    private const string Pieces = "0123456789\t\t\t\t@x.test-+ \u0001\u007fé€\ud83d\ude00\"";

    [Fact]
    public void What_is_written_is_read_again()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 20_000; i++)
        {
            var entry = new VerificationEntry(
                new AddressVerification((AddressStanding)random.Next(1, 4), Text(random, random.Next(0, 60)).Trim('\t')),
                DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(0, 253_402_300_799)));
            var address = "x" + Text(random, random.Next(0, 300));
            var isRead = VerificationEntry.TryParse(entry.Format(address), out var key, out var read);
            Assert.Equal(VerificationEntry.IsKey(address), isRead);
            if (!isRead) continue;
            Assert.Equal(address, key);
            Assert.Equal(entry.Known.Standing, read!.Known.Standing);
            Assert.Equal(entry.Updated, read.Updated);
            Assert.Equal(entry.Known.Text.Length, read.Known.Text.Length);
            Assert.DoesNotContain(read.Known.Text, c => c < ' ');
            Assert.Equal(entry.Format(address), read.Format(address));
        }
    }

    [Fact]
    public void Any_line_is_an_entry_that_is_written_the_same_or_none()
    {
        var random = new Random(1123);
        for (var i = 0; i < 50_000; i++)
        {
            var line = random.Next(2) == 0 ? Text(random, random.Next(0, 80)) : Damage(random, "2\t1795365956\tx@remote.test\t550 5.1.1 unknown");
            if (!VerificationEntry.TryParse(line, out var address, out var entry)) continue;
            Assert.True(VerificationEntry.TryParse(entry.Format(address), out var again, out var same));
            Assert.Equal((address, entry), (again, same));
        }
    }

    [Theory]
    [InlineData(320, true)]
    [InlineData(321, false)]
    public void Addresses_have_a_longest(int length, bool isKey) => Assert.Equal(isKey, VerificationEntry.IsKey(new string('x', length)));

    [Theory]
    [InlineData(400, true)]
    [InlineData(401, false)]
    public void Texts_have_a_longest(int length, bool isRead) => Assert.Equal(isRead, VerificationEntry.TryParse($"1\t1\tx@remote.test\t{new string('x', length)}", out _, out _));

    [Fact]
    public void A_full_cache_forgets_the_oldest_that_are_undeliverable_before_any_that_is_not()
    {
        var cache = new VerificationCache(3);
        cache.Put("good", Entry(AddressStanding.Deliverable));
        cache.Put("bad1", Entry(AddressStanding.Undeliverable));
        cache.Put("bad2", Entry(AddressStanding.Deferred));
        Assert.Equal(3, cache.Count);
        cache.Put("bad3", Entry(AddressStanding.Undeliverable));
        Assert.Equal(["good", "bad2", "bad3"], cache.List().Select(pair => pair.Address));
        cache.Put("bad2", Entry(AddressStanding.Deliverable));
        cache.Put("more", Entry(AddressStanding.Deliverable));
        cache.Put("last", Entry(AddressStanding.Deliverable));
        Assert.Equal(["bad2", "more", "last"], cache.List().Select(pair => pair.Address));
        Assert.Null(cache.Find("good"));
    }

    [Theory]
    [InlineData(0, "double-bounce")]
    [InlineData(3600, "double-bounceJQYH")]
    public void The_sender_carries_a_number_that_time_changes(int seconds, string local)
    {
        var sender = new ProbeSender(new Address("double-bounce", "example.test"), TimeSpan.FromSeconds(seconds));
        Assert.Equal(local, sender.At(Post.Arrived).Local);
        Assert.Equal("example.test", sender.At(Post.Arrived).Domain);
    }

    [Fact]
    public void A_number_one_off_is_still_ours_and_two_off_is_not()
    {
        var sender = new ProbeSender(new Address("double-bounce", "example.test"), TimeSpan.FromHours(1));
        var now = Post.Arrived;
        foreach (var (hours, isMine) in new[] { (-2, false), (-1, true), (0, true), (1, true), (2, false) }) Assert.Equal(isMine, sender.IsMine(sender.At(now.AddHours(hours)), now));
        Assert.False(sender.IsMine(sender.Address, now));
        Assert.False(sender.IsMine(sender.At(now) with { Domain = "other.test" }, now));
        Assert.False(sender.IsMine(new Address("double-bounce-1", "example.test"), now));
        Assert.False(sender.IsMine(new Address("double-bounce" + new string('Z', 60), "example.test"), now));
    }

    [Fact]
    public void Without_a_time_only_the_address_itself_is_ours_and_the_null_sender_is_nobodys()
    {
        var sender = new ProbeSender(new Address("double-bounce", "example.test"), TimeSpan.Zero);
        Assert.True(sender.IsMine(Address.FromInternal("DOUBLE-bounce@Example.Test"), Post.Arrived));
        Assert.False(sender.IsMine(Address.FromInternal("double-bounce0@example.test"), Post.Arrived));
        Assert.False(new ProbeSender(Address.Null, TimeSpan.Zero).IsMine(Address.Null, Post.Arrived));
        Assert.True(new ProbeSender(Address.Null, TimeSpan.FromHours(1)).At(Post.Arrived).IsNull);
    }

    private static VerificationEntry Entry(AddressStanding standing) => new(new AddressVerification(standing, ""), Post.Arrived);

    private static string Text(Random random, int length)
    {
        var text = new StringBuilder(length);
        for (var i = 0; i < length; i++) text.Append(Pieces[random.Next(Pieces.Length)]);
        return text.ToString();
    }

    private static string Damage(Random random, string line)
    {
        var at = random.Next(line.Length);
        return random.Next(3) switch
        {
            0 => line[..at],
            1 => line[..at] + Text(random, random.Next(1, 4)) + line[at..],
            _ => line.Remove(at, 1),
        };
    }
}
