using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Verification;

/// <summary>What the verifier remembers. Probes end at a table that the tests change, and count what was asked of it.</summary>
public sealed class CachedTests : IDisposable
{
    private const string Address = "x@remote.test";
    private readonly TemporaryFolder _folder = new();
    private readonly Way _way = new();

    private string Map => Path.Combine(_folder.Path, "verify_cache");

    public void Dispose() => _folder.Dispose();

    private DeliverySettings Settings(bool negativeCache = true) => Verified.To(1, v => v with { NegativeCache = negativeCache }) with { TransportMaps = [_way] };

    [Theory]
    [InlineData("discard:", AddressStanding.Deliverable, 31 * 24)]
    [InlineData("error:5.1.1 gone", AddressStanding.Undeliverable, 3 * 24)]
    [InlineData("retry:4.4.1 later", AddressStanding.Deferred, 3 * 24)]
    public async Task An_outcome_is_believed_until_it_expires(string entry, AddressStanding standing, int hours)
    {
        _way.Entry = entry;
        await using var verified = new Verified(Settings() with { Verification = Settings().Verification with { PositiveRefreshTime = TimeSpan.FromDays(365), NegativeRefreshTime = TimeSpan.FromDays(365) } });
        Assert.Equal(standing, (await verified.AskAsync(Address)).Standing);
        _way.Entry = entry.StartsWith("discard", StringComparison.Ordinal) ? "error:5.1.1 gone" : "discard:";
        verified.Clock.Advance(TimeSpan.FromHours(hours));
        Assert.Equal(standing, (await verified.AskAsync(Address)).Standing);
        Assert.Equal(1, _way.Count);
        verified.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(standing, (await verified.AskAsync(Address)).Standing);
        Assert.Equal(2, _way.Count);
    }

    [Theory]
    [InlineData("discard:", "error:5.1.1 gone", AddressStanding.Deliverable, AddressStanding.Deliverable, 7 * 24)]
    [InlineData("error:5.1.1 gone", "discard:", AddressStanding.Undeliverable, AddressStanding.Deliverable, 3)]
    public async Task An_old_outcome_is_given_while_a_probe_finds_a_new_one_and_what_was_good_stays_good(string before, string after, AddressStanding standing, AddressStanding then, int hours)
    {
        _way.Entry = before;
        await using var verified = new Verified(Settings());
        await verified.AskAsync(Address);
        _way.Entry = after;
        verified.Clock.Advance(TimeSpan.FromHours(hours));
        await verified.AskAsync(Address);
        Assert.Equal(1, _way.Count);
        verified.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(standing, (await verified.AskAsync(Address)).Standing);
        await _way.UntilAsync(2);
        await verified.AskUntilAsync(Address, then);
        Assert.Equal(2, _way.Count);
    }

    [Fact]
    public async Task A_failed_refresh_is_repeated_after_a_thousand_seconds_and_not_before()
    {
        _way.Entry = "discard:";
        await using var verified = new Verified(Settings());
        await verified.AskAsync(Address);
        _way.Entry = "error:5.1.1 gone";
        verified.Clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        await verified.AskAsync(Address);
        await _way.UntilAsync(2);
        await UntilAsync(() => verified.Verifier.Probing == 0);
        verified.Clock.Advance(TimeSpan.FromSeconds(1000));
        await verified.AskAsync(Address);
        Assert.Equal(2, _way.Count);
        verified.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AddressStanding.Deliverable, (await verified.AskAsync(Address)).Standing);
        await _way.UntilAsync(3);
    }

    [Fact]
    public async Task Without_a_negative_cache_each_question_is_a_probe()
    {
        _way.Entry = "error:5.1.1 gone";
        await using var verified = new Verified(Settings(negativeCache: false));
        Assert.Equal(AddressStanding.Undeliverable, (await verified.AskAsync(Address)).Standing);
        await verified.AskAsync(Address);
        Assert.Equal(2, _way.Count);
        Assert.Equal(0, verified.Verifier.Count);
        Assert.Contains(verified.Log.Lines, line => line.Contains("status=undeliverable-but-not-cached (gone)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Outcomes_survive_a_restart_and_damage_to_the_file_costs_no_more_than_its_lines()
    {
        _way.Entry = "error:5.1.1 gone";
        var first = new Verified(Settings(), file: Map);
        var known = await first.AskAsync(Address);
        await first.AskAsync("second@remote.test");
        await first.DisposeAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Map));
        await File.WriteAllTextAsync(Map, "rubbish\n" + await File.ReadAllTextAsync(Map) + "2\t17953");

        await using var second = new Verified(Settings(), file: Map, clock: first.Clock);
        Assert.Equal(2, second.Verifier.Count);
        Assert.Equal(known, await second.AskAsync(Address));
        Assert.Equal(2, _way.Count);
    }

    [Fact]
    public async Task A_file_of_mostly_old_lines_is_written_anew_and_the_latest_counts()
    {
        var seconds = Post.Arrived.ToUnixTimeSeconds();
        await File.WriteAllTextAsync(Map, string.Concat(Enumerable.Range(0, 50).Select(i => $"3\t{seconds - 50 + i}\t{Address}\told\n")) + $"1\t{seconds}\t{Address}\tnew\n");
        await using (var verified = new Verified(Settings(), file: Map)) Assert.Equal(new AddressVerification(AddressStanding.Deliverable, "new"), await verified.AskAsync(Address));
        Assert.Equal($"1\t{seconds}\t{Address}\tnew\n", await File.ReadAllTextAsync(Map));
        Assert.Equal(0, _way.Count);
    }

    [Fact]
    public async Task A_thousand_addresses_are_probed_at_a_time_and_no_more()
    {
        _way.Entry = "discard:";
        _way.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var verified = new Verified(Settings());
        for (var i = 0; i < 1001; i++) Assert.Equal(AddressStanding.InProgress, (await verified.AskAsync($"x{i}@remote{i}.test", isUnderStress: true)).Standing);
        await _way.UntilAsync(1000);
        _way.Gate.SetResult();
        await UntilAsync(() => verified.Verifier.Count == 1000);
        Assert.Equal(1000, _way.Count);
        Assert.Equal(AddressStanding.Deliverable, (await verified.AskUntilAsync("x1000@remote1000.test", AddressStanding.Deliverable)).Standing);
    }

    [Fact]
    public async Task A_map_that_can_not_be_used_is_told_once_and_costs_only_the_memory()
    {
        Directory.CreateDirectory(Map);
        _way.Entry = "discard:";
        await using var verified = new Verified(Settings(), file: Map);
        await verified.AskAsync(Address);
        await verified.AskAsync("y@remote.test");
        Assert.Equal(2, verified.Verifier.Count);
        await UntilAsync(() => verified.Log.Lines.Any(line => line.Contains("can't be written", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_cleanup_drops_what_has_expired_from_memory_and_file()
    {
        _way.Entry = "error:5.1.1 gone";
        await using (var verified = new Verified(Settings(), file: Map))
        {
            await verified.AskAsync("old@remote.test");
            verified.Clock.Advance(TimeSpan.FromHours(72));
            await UntilAsync(() => verified.Log.Lines.Contains($"verify: cache {Map} full cleanup: retained=1 dropped=0 entries"));
            _way.Entry = "discard:";
            await verified.AskAsync("new@remote.test");
            verified.Clock.Advance(TimeSpan.FromHours(12));
            await UntilAsync(() => verified.Log.Lines.Contains($"verify: cache {Map} full cleanup: retained=1 dropped=1 entries"));
            Assert.Equal(1, verified.Verifier.Count);
        }
        Assert.Matches(@"^1\t\d+\tnew@remote.test\tmail discarded\n$", await File.ReadAllTextAsync(Map));
    }

    [Fact]
    public async Task The_sender_of_our_own_probes_is_never_probed()
    {
        _way.Entry = "error:5.1.1 gone";
        await using var verified = new Verified(Settings());
        Assert.Equal(AddressStanding.Deliverable, (await verified.AskAsync("Double-Bounce@EXAMPLE.test")).Standing);
        Assert.Equal(0, _way.Count);
    }

    [Fact]
    public async Task Domains_are_one_whatever_their_case_and_an_address_with_a_line_break_is_no_address()
    {
        _way.Entry = "discard:";
        await using var verified = new Verified(Settings());
        await verified.AskAsync("x@Remote.TEST");
        await verified.AskAsync(Address);
        Assert.Equal(1, _way.Count);
        Assert.Equal(AddressStanding.Undeliverable, (await verified.AskAsync("x\r\nQUIT@remote.test")).Standing);
        Assert.Equal(AddressStanding.Undeliverable, (await verified.AskAsync(new string('x', 320) + "@remote.test")).Standing);
        Assert.Equal(1, _way.Count);
    }

    private static async Task UntilAsync(Func<bool> isDone)
    {
        for (var tries = 0; tries < 1000 && !isDone(); tries++) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        Assert.True(isDone());
    }

    private sealed class Way : ILookupTable
    {
        private volatile int _count;

        public string Entry { get; set; } = "";
        public int Count => _count;

        public Task UntilAsync(int count) => CachedTests.UntilAsync(() => _count >= count);

        /// <summary>What lookups wait for; null: nothing.</summary>
        public TaskCompletionSource? Gate { get; set; }

        public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
        {
            if (key != "*") return LookupResult.None;
            Interlocked.Increment(ref _count);
            if (Gate is { } gate) await gate.Task.WaitAsync(cancellationToken);
            return LookupResult.Found(Entry);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
