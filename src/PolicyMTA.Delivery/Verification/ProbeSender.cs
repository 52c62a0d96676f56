using System.Diagnostics.CodeAnalysis;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Verification;

/// <summary>
/// <c>address_verify_sender</c>: who probes come from. With <c>address_verify_sender_ttl</c> its local part ends in a number that grows with time, so that what
/// strangers have learnt of it is soon of no use. An immutable value.
/// </summary>
/// <param name="Address">The address without that number; the null sender has none.</param>
/// <param name="TimeToLive">How often the number changes; zero: there is none.</param>
public sealed record ProbeSender(Address Address, TimeSpan TimeToLive)
{
    // As Postfix: obscure, and no vowel makes it a word.
    private const string Digits = "0123456789BCDFGHJKLMNPQRSTVWXYZ";
    private const int LongestNumber = 13;

    private bool IsFixed => Address.IsNull || TimeToLive <= TimeSpan.Zero;

    /// <summary>The sender of a probe now.</summary>
    public Address At(DateTimeOffset now) => IsFixed ? Address : Address with { Local = Address.Local + Format(Epoch(now)) };

    /// <summary>Whether mail to this address answers one of our probes: its number may be one off.</summary>
    public bool IsMine([NotNullWhen(true)] Address? address, DateTimeOffset now)
    {
        if (address is null || Address.IsNull || !address.Domain.Equals(Address.Domain, StringComparison.OrdinalIgnoreCase)) return false;
        if (!address.Local.StartsWith(Address.Local, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = address.Local.AsSpan(Address.Local.Length);
        return IsFixed ? rest.IsEmpty : TryParse(rest, out var number) && Math.Abs(number - Epoch(now)) <= 1;
    }

    private long Epoch(DateTimeOffset now) => now.ToUnixTimeSeconds() / Math.Max(1, (long)TimeToLive.TotalSeconds);

    private static string Format(long number)
    {
        var text = "";
        do
        {
            text = Digits[(int)(number % Digits.Length)] + text;
            number /= Digits.Length;
        }
        while (number > 0);
        return text;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > LongestNumber - 1) return false;
        foreach (var c in text)
        {
            var digit = Digits.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0) return false;
            number = number * Digits.Length + digit;
        }
        return true;
    }
}
