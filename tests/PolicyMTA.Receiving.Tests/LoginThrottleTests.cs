using System.Net;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Receiving.Sessions.Logins;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

/// <summary>What guessing passwords costs: each limit on both sides.</summary>
public sealed class LoginThrottleTests
{
    private static readonly LoginSettings Settings = new() { FailureLimit = 3, AccountFailureLimit = 2, FailureWindow = TimeSpan.FromMinutes(10) };

    private readonly FakeTimeProvider _time = new();
    private readonly LoginThrottle _throttle;

    public LoginThrottleTests() => _throttle = new LoginThrottle(_time);

    private static Client From(string address, bool isTrusted = false) => new() { Address = IPAddress.Parse(address), IsInMyNetworks = isTrusted };

    private TimeSpan? Refusal(string address, LoginSettings? settings = null)
    {
        using var attempt = _throttle.Begin(From(address), settings ?? Settings);
        return attempt.FindRefusal();
    }

    private TimeSpan Fail(string address, string? user = null, LoginSettings? settings = null)
    {
        using var attempt = _throttle.Begin(From(address), settings ?? Settings);
        return attempt.Fail(user);
    }

    private TimeSpan Succeed(string address, string user)
    {
        using var attempt = _throttle.Begin(From(address), Settings);
        return attempt.Succeed(user);
    }

    [Fact]
    public void An_address_may_fail_as_often_as_the_limit_says()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(Refusal("192.0.2.1"));
            Fail("192.0.2.1");
        }
        Assert.NotNull(Refusal("192.0.2.1"));
        Assert.Null(Refusal("192.0.2.2"));
    }

    [Fact]
    public void Refusals_come_later_and_later_up_to_16_s()
    {
        for (var i = 0; i < 3; i++) Fail("192.0.2.1");
        Assert.Equal([1, 2, 4, 8, 16, 16, 16], Enumerable.Range(0, 7).Select(_ => Refusal("192.0.2.1")!.Value.TotalSeconds));
    }

    [Fact]
    public void Failures_are_forgotten_when_their_time_is_over()
    {
        for (var i = 0; i < 3; i++) Fail("192.0.2.1");
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(Refusal("192.0.2.1"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(Refusal("192.0.2.1"));
        Fail("192.0.2.1");
        Assert.Null(Refusal("192.0.2.1"));
    }

    [Fact]
    public void A_64_of_ipv6_is_one_address()
    {
        for (var i = 0; i < 3; i++) Fail($"2001:db8:0:1::{i}");
        Assert.NotNull(Refusal("2001:db8:0:1:ffff::"));
        Assert.Null(Refusal("2001:db8:0:2::"));
    }

    [Fact]
    public void Trusted_networks_are_exempt()
    {
        for (var i = 0; i < 20; i++)
        {
            using var attempt = _throttle.Begin(From("192.0.2.1", isTrusted: true), Settings);
            Assert.Null(attempt.FindRefusal());
            Assert.Equal(TimeSpan.Zero, attempt.Fail("alice"));
        }
        Assert.Null(Refusal("192.0.2.1"));
        Assert.Equal(TimeSpan.Zero, Fail("192.0.2.9", "alice"));
    }

    [Fact]
    public void Zero_means_no_limit()
    {
        var none = Settings with { FailureLimit = 0, AccountFailureLimit = 0 };
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(Refusal("192.0.2.1", none));
            Assert.Equal(TimeSpan.Zero, Fail("192.0.2.1", "alice", none));
        }
    }

    [Fact]
    public void Many_connections_are_no_way_around_the_limit()
    {
        Fail("192.0.2.1");
        using var first = _throttle.Begin(From("192.0.2.1"), Settings);
        Assert.Null(first.FindRefusal());
        using (var second = _throttle.Begin(From("192.0.2.1"), Settings))
        {
            Assert.Null(second.FindRefusal());
            using var third = _throttle.Begin(From("192.0.2.1"), Settings);
            Assert.NotNull(third.FindRefusal());
        }
        Assert.Null(Refusal("192.0.2.1"));
    }

    [Fact]
    public void An_office_may_log_in_all_at_once()
    {
        var attempts = Enumerable.Range(0, 40).Select(_ => _throttle.Begin(From("192.0.2.1"), Settings)).ToList();
        Assert.All(attempts, a => Assert.Null(a.FindRefusal()));
        attempts.ForEach(a => a.Dispose());
    }

    [Fact]
    public void A_login_of_his_own_clears_no_attacker()
    {
        for (var i = 0; i < 3; i++) Fail("192.0.2.1", "alice");
        Succeed("192.0.2.1", "mallory");
        Assert.NotNull(Refusal("192.0.2.1"));
    }

    [Fact]
    public void Strangers_to_an_account_that_was_failed_too_often_are_answered_later_and_later()
    {
        Assert.Equal([0, 0, 1, 2, 4, 8, 16, 16], Enumerable.Range(1, 8).Select(i => Fail($"192.0.2.{i}", "alice").TotalSeconds));
        Assert.Equal(TimeSpan.Zero, Fail("192.0.2.100", "bob"));
    }

    [Fact]
    public void A_right_guess_is_answered_as_late_as_a_wrong_one()
    {
        for (var i = 1; i <= 6; i++) Fail($"192.0.2.{i}", "alice");
        Assert.Equal(TimeSpan.FromSeconds(16), Succeed("192.0.2.50", "alice"));
        // From now on the address is known.
        Assert.Equal(TimeSpan.Zero, Succeed("192.0.2.50", "alice"));
    }

    [Fact]
    public void Nobody_locks_alice_out_of_where_she_logs_in()
    {
        Assert.Equal(TimeSpan.Zero, Succeed("198.51.100.7", "alice"));
        for (var i = 1; i <= 200; i++) Fail($"192.0.2.{i}", "alice");
        Assert.Equal(TimeSpan.Zero, Succeed("198.51.100.7", "alice"));
        Assert.Equal(TimeSpan.Zero, Fail("198.51.100.7", "alice"));
        Assert.Null(Refusal("198.51.100.7"));
    }

    [Fact]
    public void An_address_is_known_for_a_week_after_its_last_login()
    {
        Succeed("198.51.100.7", "alice");
        _time.Advance(TimeSpan.FromDays(4));
        Succeed("198.51.100.7", "alice");
        _time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMilliseconds(1));
        for (var i = 1; i <= 6; i++) Fail($"192.0.2.{i}", "alice");
        Assert.Equal(TimeSpan.Zero, Fail("198.51.100.7", "alice"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.FromSeconds(16), Fail("198.51.100.7", "alice"));
    }

    [Fact]
    public void A_million_addresses_neither_grow_the_table_nor_push_out_who_failed_more()
    {
        var counts = new RecentCounts(_time);
        var window = TimeSpan.FromMinutes(10);
        for (var i = 0; i < 20; i++) counts.Add("guesser"u8, window);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var key = new byte[4];
        for (var i = 0; i < 1_000_000; i++)
        {
            BitConverter.TryWriteBytes(key, i);
            counts.Add(key, window);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal(20, counts.Find("guesser"u8, window));
        Assert.Equal(65536, counts.Capacity);
    }

    [Fact]
    public void What_is_over_goes_first_then_the_smallest_then_the_oldest()
    {
        var counts = new RecentCounts(_time, rows: 1);
        var window = TimeSpan.FromMinutes(10);
        counts.Add("old"u8, window);
        counts.Add("old"u8, window);
        counts.Add("old"u8, window);
        _time.Advance(TimeSpan.FromMinutes(5));
        for (var i = 0; i < RecentCounts.Width - 1; i++)
        {
            counts.Add([(byte)i], window);
            if (i != 2 && i != 4) counts.Add([(byte)i], window);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        counts.Add("new"u8, window);
        Assert.Equal((0, 1), (counts.Find([2], window), counts.Find([4], window)));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, counts.Find("old"u8, window));
        counts.Add("newer"u8, window);
        Assert.Equal((1, 1, 1), (counts.Find([4], window), counts.Find("new"u8, window), counts.Find("newer"u8, window)));
    }
}
