using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Filters.Spf;

/// <summary>A record, read whole before any of it counts: one wrong word makes all of it wrong (RFC 7208 §4.6). An immutable value.</summary>
internal sealed record SpfRecord(IReadOnlyList<SpfTerm.Mechanism> Mechanisms, MacroString? Redirect, MacroString? Explanation)
{
    private const string Version = "v=spf1";

    /// <summary>True when the text is a record of this version, right or wrong (§4.5).</summary>
    internal static bool IsRecord(string text) => text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Reads a record; false with the word that is wrong.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out SpfRecord? record, out string wrong)
    {
        record = null;
        var mechanisms = new List<SpfTerm.Mechanism>();
        MacroString? redirect = null, explanation = null;
        foreach (var word in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            wrong = word;
            switch (Parse(word))
            {
                case SpfTerm.Mechanism mechanism: mechanisms.Add(mechanism); break;
                case SpfTerm.Redirect { Domain: var domain } when redirect is null: redirect = domain; break;
                case SpfTerm.Explanation { Domain: var domain } when explanation is null: explanation = domain; break;
                case SpfTerm.Unknown: break;
                default: return false;
            }
        }
        record = new SpfRecord(mechanisms, redirect, explanation);
        wrong = "";
        return true;
    }

    private static SpfTerm? Parse(string word)
    {
        var nameLength = word.AsSpan().IndexOfAny(":/=");
        // A modifier has its sign directly behind its name, and no qualifier.
        if (nameLength > 0 && word[nameLength] == '=') return Modifier(word[..nameLength], word[(nameLength + 1)..]);
        var says = word[0] switch { '+' => SpfResult.Pass, '-' => SpfResult.Fail, '~' => SpfResult.SoftFail, '?' => SpfResult.Neutral, _ => (SpfResult?)null };
        var body = says is null ? word : word[1..];
        nameLength = body.AsSpan().IndexOfAny(":/");
        var name = nameLength < 0 ? body : body[..nameLength];
        return Mechanism(says ?? SpfResult.Pass, word, name.ToLowerInvariant(), nameLength < 0 ? "" : body[nameLength..]);
    }

    private static SpfTerm? Modifier(string name, string value)
    {
        if (!char.IsAsciiLetter(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))) return null;
        return name.ToLowerInvariant() switch
        {
            "redirect" => MacroString.TryParseDomain(value, out var domain) ? new SpfTerm.Redirect(domain) : null,
            "exp" => MacroString.TryParseDomain(value, out var domain) ? new SpfTerm.Explanation(domain) : null,
            _ => MacroString.TryParse(value, isExplanation: false, out _) ? new SpfTerm.Unknown() : null,
        };
    }

    // The argument comes with its ":" or "/".
    private static SpfTerm.Mechanism? Mechanism(SpfResult says, string text, string name, string argument) => name switch
    {
        "all" => argument.Length == 0 ? new SpfTerm.All(says, text) : null,
        "include" => RequiredDomain(argument) is { } domain ? new SpfTerm.Include(says, text, domain) : null,
        "exists" => RequiredDomain(argument) is { } domain ? new SpfTerm.Exists(says, text, domain) : null,
        "a" => TryDomainAndLengths(argument, out var domain, out var lengths) ? new SpfTerm.Host(says, text, domain, lengths) : null,
        "mx" => TryDomainAndLengths(argument, out var domain, out var lengths) ? new SpfTerm.Exchange(says, text, domain, lengths) : null,
        "ptr" => argument.Length == 0 ? new SpfTerm.Pointer(says, text, null) : RequiredDomain(argument) is { } domain ? new SpfTerm.Pointer(says, text, domain) : null,
        "ip4" => TryNetwork(argument, AddressFamily.InterNetwork, out var network) ? new SpfTerm.Network(says, text, network) : null,
        "ip6" => TryNetwork(argument, AddressFamily.InterNetworkV6, out var network) ? new SpfTerm.Network(says, text, network) : null,
        _ => null,
    };

    private static MacroString? RequiredDomain(string argument) =>
        argument.StartsWith(':') && MacroString.TryParseDomain(argument.AsSpan(1), out var domain) ? domain : null;

    private static bool TryDomainAndLengths(string argument, out MacroString? domain, out PrefixLengths lengths)
    {
        (domain, lengths) = (null, PrefixLengths.Whole);
        var rest = argument.AsSpan();
        var slash = LengthsStart(rest);
        if (!TryLengths(rest[slash..], ref lengths)) return false;
        rest = rest[..slash];
        return rest.Length == 0 || rest[0] == ':' && MacroString.TryParseDomain(rest[1..], out domain);
    }

    // Lengths are at the end; a slash inside a macro is one of its delimiters.
    private static int LengthsStart(ReadOnlySpan<char> text)
    {
        var start = text.Length;
        while (start > 0 && (char.IsAsciiDigit(text[start - 1]) || text[start - 1] == '/')) start--;
        var slash = text[start..].IndexOf('/');
        return slash < 0 ? text.Length : start + slash;
    }

    private static bool TryLengths(ReadOnlySpan<char> text, ref PrefixLengths lengths)
    {
        if (text.Length == 0) return true;
        var dual = text.IndexOf("//", StringComparison.Ordinal);
        var first = dual < 0 ? text : text[..dual];
        var (four, six) = (32, 128);
        if (first.Length > 0 && !TryLength(first[1..], 32, out four)) return false;
        if (dual >= 0 && !TryLength(text[(dual + 2)..], 128, out six)) return false;
        lengths = new PrefixLengths(four, six);
        return true;
    }

    private static bool TryLength(ReadOnlySpan<char> digits, int largest, out int length) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= largest && (digits[0] != '0' || digits.Length == 1);

    private static bool TryNetwork(string argument, AddressFamily family, out IPNetwork network)
    {
        network = default;
        if (!argument.StartsWith(':')) return false;
        var slash = argument.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? argument[1..] : argument[1..slash];
        var largest = family == AddressFamily.InterNetwork ? 32 : 128;
        var length = largest;
        if (slash >= 0 && !TryLength(argument.AsSpan(slash + 1), largest, out length)) return false;
        if (!TryAddress(text, family, out var address)) return false;
        network = new IPNetwork(Masked(address, length), length);
        return true;
    }

    private static bool TryAddress(string text, AddressFamily family, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        // .NET reads "1.2.3", octal and hexadecimal numbers, brackets and scopes as well.
        var isPlain = family == AddressFamily.InterNetwork
            ? text.Split('.') is { Length: 4 } parts && parts.All(part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit) && (part[0] != '0' || part.Length == 1))
            : text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') && text.Contains(':', StringComparison.Ordinal);
        return isPlain && IPAddress.TryParse(text, out address) && address.AddressFamily == family;
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var bits = Math.Clamp(length - i * 8, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - bits));
        }
        return new IPAddress(bytes);
    }
}
