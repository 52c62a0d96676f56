using System.Buffers;
using System.Text;
using System.Text.Unicode;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>The grammar of addresses: RFC 5321 §4.1.2 with RFC 6531. Never throws, whatever the bytes.</summary>
public static class AddressSyntax
{
    private const int MaxLocalOctets = 64;
    // A path has 256 octets, its angle brackets included.
    private const int MaxMailboxOctets = 254;

    private static readonly SearchValues<byte> Atext = SearchValues.Create(
        "!#$%&'*+-/=?^_`{|}~.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Reads <c>local@domain</c> strictly, lengths included; the local part may be quoted.</summary>
    public static bool TryParseMailbox(ReadOnlySpan<byte> text, out Address address) => TryParse(text, AddressRules.Mailbox, out address);

    /// <inheritdoc cref="TryParseMailbox(ReadOnlySpan{byte}, out Address)"/>
    public static bool TryParseMailbox(string text, out Address address) => TryParseMailbox(Encoding.UTF8.GetBytes(text), out address);

    /// <summary>Reads a path as MAIL and RCPT carry it: <c>&lt;…&gt;</c>, source routes stripped; the null sender only when allowed.</summary>
    public static bool TryParsePath(ReadOnlySpan<byte> text, bool isStrict, bool allowsNull, out Address address) =>
        PathSyntax.TryRead(ref text, new AddressRules { IsStrict = isStrict, AllowsNull = allowsNull, AllowsUtf8Domain = true }, out address) && text.IsEmpty;

    internal static bool TryParse(ReadOnlySpan<byte> text, AddressRules rules, out Address address)
    {
        address = Address.Null;
        if (text.IsEmpty || !Utf8.IsValid(text)) return false;
        if (rules.HasLengthLimits && text.Length > MaxMailboxOctets) return false;
        if (!TryLocal(text, rules, out var local, out var length)) return false;
        if (rules.HasLengthLimits && length > MaxLocalOctets) return false;

        if (length == text.Length)
        {
            // <postmaster>, and what Postfix takes for a local user. "" alone would read as the null sender.
            if (rules.NeedsDomain || local.Length == 0) return false;
            address = new Address(local, "");
            return true;
        }
        if (text[length] != (byte)'@' || !DomainSyntax.TryParse(text[(length + 1)..], rules, out var domain)) return false;
        address = new Address(local, domain);
        return true;
    }

    private static bool TryLocal(ReadOnlySpan<byte> text, AddressRules rules, out string local, out int length)
    {
        if (text[0] == (byte)'"') return TryQuoted(text, out local, out length);
        local = "";
        length = 0;
        while (length < text.Length && text[length] != (byte)'@')
        {
            if (text[length] < 0x80 && !Atext.Contains(text[length])) return false;
            length++;
        }
        var atom = text[..length];
        if (atom.IsEmpty || (rules.IsStrict && HasStrayDot(atom))) return false;
        local = Encoding.UTF8.GetString(atom);
        return !local.Any(char.IsControl);
    }

    private static bool HasStrayDot(ReadOnlySpan<byte> atom) => atom[0] == (byte)'.' || atom[^1] == (byte)'.' || atom.IndexOf(".."u8) >= 0;

    private static bool TryQuoted(ReadOnlySpan<byte> text, out string local, out int length)
    {
        local = "";
        length = 1;
        var content = new ArrayBufferWriter<byte>(text.Length);
        while (length < text.Length && text[length] != (byte)'"')
        {
            var isPair = text[length] == (byte)'\\';
            if (isPair && ++length == text.Length) return false;
            var octet = text[length++];
            // RFC 6531 §3.3 widens qtext but not quoted pairs.
            if (octet is < (byte)' ' or 127 || (isPair && octet > 127)) return false;
            content.Write([octet]);
        }
        if (length++ >= text.Length) return false;
        local = Encoding.UTF8.GetString(content.WrittenSpan);
        return !local.Any(char.IsControl);
    }
}
