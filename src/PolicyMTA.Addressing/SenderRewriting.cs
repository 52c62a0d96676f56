using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>
/// The sender rewriting scheme: mail that is forwarded gets a sender of ours, so that SPF holds at the next hop, and what comes back to it is led to the first sender. The hash and the day in it
/// keep others from sending through us. The first secret signs; all of them verify, so that a secret can be replaced. Thread-safe.
/// </summary>
internal sealed class SenderRewriting
{
    private const string First = "SRS0", Second = "SRS1", Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int HashLength = 4, Days = 1024, DigitBits = 5;

    private readonly IReadOnlyList<byte[]> _secrets;
    private readonly int _longest;
    private readonly TimeProvider _time;

    /// <summary>Secrets are not empty; addresses are good for <paramref name="days"/> days.</summary>
    internal SenderRewriting(IReadOnlyList<string> secrets, int days, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(secrets.Count, nameof(secrets));
        // The day is told modulo 1024: an address must be too old long before its day comes again.
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(days, Days, nameof(days));
        _secrets = [.. secrets.Select(Encoding.UTF8.GetBytes)];
        (_longest, _time) = (days, time);
    }

    /// <summary>True for an address in the scheme's form, whoever wrote it.</summary>
    internal static bool IsRewritten(Address address) => HasTag(address.Local, First) || HasTag(address.Local, Second);

    /// <summary>The sender as forwarded from a domain of ours. The null sender and one without a domain stay what they are.</summary>
    internal Address Rewrite(Address sender, string domain)
    {
        if (sender.Domain.Length == 0) return sender;
        if (HasTag(sender.Local, First)) return Again(sender.Domain, sender.Local[First.Length..], domain);
        // SRS1=hash=host==rest keeps the first forwarder's name and drops the one between.
        if (HasTag(sender.Local, Second) && sender.Local.Split('=', 4) is [_, _, { Length: > 0 } host, ['=', ..] rest]) return Again(host, rest, domain);
        var day = Today();
        var stamp = new string([Digits[day >> DigitBits], Digits[day & (1 << DigitBits) - 1]]);
        return new Address($"{First}={Hash(_secrets[0], stamp, sender.Domain, sender.Local)}={stamp}={sender.Domain}={sender.Local}", domain);
    }

    /// <summary>Whom an address in the scheme's form stands for.</summary>
    internal RewrittenSender Reverse(Address address)
    {
        if (HasTag(address.Local, First)) return ReverseFirst(address.Local);
        return HasTag(address.Local, Second) ? ReverseSecond(address.Local) : new RewrittenSender.Refused(RewrittenSenderError.Form);
    }

    private RewrittenSender ReverseFirst(string text)
    {
        if (text[(First.Length + 1)..].Split('=', 4) is not [var hash, { Length: 2 } stamp, { Length: > 0 } host, { Length: > 0 } user]) return new RewrittenSender.Refused(RewrittenSenderError.Form);
        if (!IsSigned(hash, stamp, host, user)) return new RewrittenSender.Refused(RewrittenSenderError.Hash);
        return IsRecent(stamp) ? new RewrittenSender.Found(new Address(user, host)) : new RewrittenSender.Refused(RewrittenSenderError.Timestamp);
    }

    // The day stands under the first forwarder's hash: it looks at it.
    private RewrittenSender ReverseSecond(string text)
    {
        if (text[(Second.Length + 1)..].Split('=', 3) is not [var hash, { Length: > 0 } host, { Length: > 1 } rest] || rest[0] is not ('=' or '+' or '-')) return new RewrittenSender.Refused(RewrittenSenderError.Form);
        return IsSigned(hash, host, rest) ? new RewrittenSender.Found(new Address(First + rest, host)) : new RewrittenSender.Refused(RewrittenSenderError.Hash);
    }

    private Address Again(string host, string rest, string domain) => new($"{Second}={Hash(_secrets[0], host, rest)}={host}={rest}", domain);

    // Some servers fold the local part; the hash is compared without its case.
    private bool IsSigned(string hash, params ReadOnlySpan<string> parts)
    {
        var isSigned = false;
        foreach (var secret in _secrets)
        {
            isSigned |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(hash.ToUpperInvariant()), Encoding.UTF8.GetBytes(Hash(secret, parts).ToUpperInvariant()));
        }
        return isSigned;
    }

    private bool IsRecent(string stamp)
    {
        var (high, low) = (Digits.IndexOf(char.ToUpperInvariant(stamp[0]), StringComparison.Ordinal), Digits.IndexOf(char.ToUpperInvariant(stamp[1]), StringComparison.Ordinal));
        if (high < 0 || low < 0) return false;
        var age = (Today() - (high << DigitBits | low) + Days) % Days;
        // A clock a day ahead of ours is no forger.
        return age <= _longest || age == Days - 1;
    }

    private int Today() => (int)(_time.GetUtcNow().ToUnixTimeSeconds() / (long)TimeSpan.FromDays(1).TotalSeconds % Days);

    private static bool HasTag(string local, string tag) => local.Length > tag.Length && local.StartsWith(tag, StringComparison.OrdinalIgnoreCase) && local[tag.Length] is ('=' or '+' or '-');

    // The scheme has SHA-1 in it; as an HMAC it is sound.
#pragma warning disable CA5350
    private static string Hash(byte[] secret, params ReadOnlySpan<string> parts) =>
        Convert.ToBase64String(HMACSHA1.HashData(secret, Encoding.UTF8.GetBytes(string.Concat(parts).ToLowerInvariant())))[..HashLength];
#pragma warning restore CA5350
}
