using System.Net;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions.Logins;

/// <summary>
/// What guessing passwords costs. An address (a /64 of IPv6) that failed too often is refused before anyone is asked. An account that was failed too often is answered
/// late, but only to addresses it was not used from lately: whoever fails as alice can slow strangers down, and never locks alice out. Process-lived, bounded.
/// </summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    internal static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    internal static readonly TimeSpan MostDelay = TimeSpan.FromSeconds(16);
    internal static readonly TimeSpan FamiliarFor = TimeSpan.FromDays(7);

    private readonly RecentCounts _addresses = new(time);
    private readonly RecentCounts _accounts = new(time);
    private readonly RecentCounts _familiar = new(time);
    // Attempts under way, by address: bounded by the sessions there are.
    private readonly Dictionary<string, int> _pending = new(StringComparer.Ordinal);

    /// <summary>Takes up an attempt; it ends with <see cref="LoginAttempt.Dispose"/>.</summary>
    internal LoginAttempt Begin(Client client, LoginSettings settings)
    {
        if (client.IsInMyNetworks) return new LoginAttempt(this, null, settings);
        var network = Network(client.Address);
        lock (_pending) _pending[network] = _pending.GetValueOrDefault(network) + 1;
        return new LoginAttempt(this, network, settings);
    }

    /// <summary>
    /// How long to wait before the attempt is refused; null when it may be made. Attempts under way count once one has failed, so that many connections are no way
    /// around the limit.
    /// </summary>
    internal TimeSpan? FindRefusal(string network, LoginSettings settings)
    {
        if (settings.FailureLimit == 0) return null;
        var key = Encoding.UTF8.GetBytes(network);
        var failures = _addresses.Find(key, settings.FailureWindow);
        if (failures == 0) return null;
        int others;
        lock (_pending) others = _pending.GetValueOrDefault(network) - 1;
        if (failures >= settings.FailureLimit) return Delay(_addresses.Add(key, settings.FailureWindow) - settings.FailureLimit);
        return failures + others >= settings.FailureLimit ? FirstDelay : null;
    }

    /// <summary>Counts a failure; how late it is answered.</summary>
    internal TimeSpan Fail(string network, string? user, LoginSettings settings)
    {
        _addresses.Add(Encoding.UTF8.GetBytes(network), settings.FailureWindow);
        if (user is null) return TimeSpan.Zero;
        var failures = _accounts.Add(Encoding.UTF8.GetBytes(user), settings.FailureWindow);
        return Lateness(network, user, failures - 1, settings);
    }

    /// <summary>Remembers that the account is used from here; how late even this is answered, or else the speed would tell a right guess.</summary>
    internal TimeSpan Succeed(string network, string user, LoginSettings settings)
    {
        var delay = Lateness(network, user, _accounts.Find(Encoding.UTF8.GetBytes(user), settings.FailureWindow), settings);
        var pair = Pair(network, user);
        _familiar.Forget(pair); // its time begins anew
        _familiar.Add(pair, FamiliarFor);
        return delay;
    }

    internal void End(string network)
    {
        lock (_pending)
        {
            if (--_pending[network] == 0) _pending.Remove(network);
        }
    }

    private TimeSpan Lateness(string network, string user, int failures, LoginSettings settings)
    {
        var limit = settings.AccountFailureLimit;
        if (limit == 0 || failures < limit || _familiar.Find(Pair(network, user), FamiliarFor) > 0) return TimeSpan.Zero;
        return Delay(failures - limit + 1);
    }

    /// <summary>1 s, 2 s, 4 s, 8 s, 16 s.</summary>
    private static TimeSpan Delay(int times) => times > 4 ? MostDelay : FirstDelay * (1 << (Math.Max(times, 1) - 1));

    private static byte[] Pair(string network, string user) => Encoding.UTF8.GetBytes($"{network}\0{user}");

    /// <summary>One customer's line: an IPv4 address, or the 64 bits that an IPv6 network is given.</summary>
    private static string Network(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
}
