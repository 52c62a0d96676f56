using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Verification;

/// <summary>What a probe of an address came to, and when. An immutable value with a line of text as its form on disk.</summary>
/// <param name="Known">The outcome; never in progress.</param>
/// <param name="Updated">When it came, in whole seconds.</param>
internal sealed record VerificationEntry(AddressVerification Known, DateTimeOffset Updated)
{
    /// <summary>What a next hop says beyond this is not kept.</summary>
    public const int LongestText = 400;
    /// <summary>RFC 5321 §4.5.3.1: 64 octets, an at sign, 255 octets. Longer addresses are not kept.</summary>
    public const int LongestAddress = 320;
    private const char Separator = '\t';
    private static readonly DateTimeOffset Latest = DateTimeOffset.FromUnixTimeSeconds(253_402_300_799);

    /// <summary>When the last probe began that found nothing better; such a one is not repeated at once.</summary>
    public DateTimeOffset Probed { get; init; }

    public bool IsDeliverable => Known.Standing == AddressStanding.Deliverable;

    public bool HasExpired(VerificationSettings settings, DateTimeOffset now) => now - Updated > (IsDeliverable ? settings.PositiveExpireTime : settings.NegativeExpireTime);

    public bool NeedsRefresh(VerificationSettings settings, DateTimeOffset now) => now - Updated > (IsDeliverable ? settings.PositiveRefreshTime : settings.NegativeRefreshTime);

    /// <summary>The line without its end.</summary>
    public string Format(string address) => string.Create(CultureInfo.InvariantCulture, $"{(int)Known.Standing}{Separator}{Updated.ToUnixTimeSeconds()}{Separator}{address}{Separator}{OneLine(Known.Text)}");

    /// <summary>Reads a line; false for anything that <see cref="Format"/> does not make.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out string? address, [NotNullWhen(true)] out VerificationEntry? entry)
    {
        (address, entry) = (null, null);
        var parts = line.Split(Separator);
        if (parts.Length != 4 || parts[0] is not [>= '1' and <= '3'] || !IsKey(parts[2]) || parts[3].Length > LongestText || parts[3].AsSpan().ContainsAnyInRange('\0', '\u001f')) return false;
        if (!long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > Latest.ToUnixTimeSeconds()) return false;
        address = parts[2];
        entry = new VerificationEntry(new AddressVerification((AddressStanding)(parts[0][0] - '0'), parts[3]), DateTimeOffset.FromUnixTimeSeconds(seconds));
        return true;
    }

    /// <summary>Whether an address may be a key: a quoted local part can hold anything.</summary>
    public static bool IsKey(string address) => address.Length is > 0 and <= LongestAddress && !address.Any(char.IsControl);

    private static string OneLine(string text)
    {
        var cut = text.Length > LongestText ? text[..LongestText] : text;
        return cut.AsSpan().ContainsAnyInRange('\0', '\u001f') ? string.Concat(cut.Select(c => c < ' ' ? ' ' : c)) : cut;
    }
}
