using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Smtp;

/// <summary>Reads the <c>NAME=value</c> words of XCLIENT and XFORWARD. Stateless and thread-safe; never throws, whatever the words.</summary>
public static class ClientAttributeParser
{
    /// <summary>Longer values are refused, as by Postfix.</summary>
    public const int MaxValueLength = 255;

    private const string Unavailable = "[UNAVAILABLE]";
    private const string Temporary = "[TEMPUNAVAIL]";

    /// <summary>What EHLO offers.</summary>
    public const string XclientNames = "NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT";
    /// <inheritdoc cref="XclientNames"/>
    public const string XforwardNames = "NAME ADDR PROTO HELO SOURCE PORT IDENT";

    /// <param name="words">The words.</param>
    /// <param name="attributes">What they say.</param>
    /// <param name="refusal">The reply when they are wrong; null when they are right.</param>
    public static bool TryParseXclient(IReadOnlyList<string> words, out ClientAttributes attributes, out SmtpReply? refusal) =>
        TryParse(words, "XCLIENT", XclientNames, out attributes, out refusal);

    /// <inheritdoc cref="TryParseXclient"/>
    public static bool TryParseXforward(IReadOnlyList<string> words, out ClientAttributes attributes, out SmtpReply? refusal) =>
        TryParse(words, "XFORWARD", XforwardNames, out attributes, out refusal);

    private static bool TryParse(IReadOnlyList<string> words, string verb, string known, out ClientAttributes attributes, out SmtpReply? refusal)
    {
        ArgumentNullException.ThrowIfNull(words);
        attributes = new ClientAttributes();
        refusal = words.Count == 0 ? SmtpReplies.AttributesSyntax(verb) : null;
        foreach (var word in words)
        {
            if ((refusal = TryAdd(ref attributes, word, verb, known)) is not null) return false;
        }
        return refusal is null;
    }

    private static SmtpReply? TryAdd(ref ClientAttributes attributes, string word, string verb, string known)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return SmtpReplies.AttributeExpected;
        var (name, text) = (word[..equals].ToUpperInvariant(), word[(equals + 1)..]);
        if (text.Length > MaxValueLength) return SmtpReplies.AttributeTooLong;
        if (name.Length == 0 || !known.Split(' ').Contains(name)) return SmtpReplies.BadAttributeName(verb, name);
        var isTemporary = name is "NAME" or "REVERSE_NAME" && text.Equals(Temporary, StringComparison.OrdinalIgnoreCase);
        string? value = null;
        if (!isTemporary && !text.Equals(Unavailable, StringComparison.OrdinalIgnoreCase))
        {
            if (!Xtext.TryDecode(Encoding.UTF8.GetBytes(text), out var decoded)) return SmtpReplies.BadAttribute(name, text);
            value = decoded;
        }
        return Assign(ref attributes, name, value, isTemporary) ? null : SmtpReplies.BadAttribute(name, text);
    }

    private static bool Assign(ref ClientAttributes attributes, string name, string? value, bool isTemporary)
    {
        ClientAttributes? said = name switch
        {
            "NAME" => IsHostname(value) ? attributes with { Name = new(value), NameLookupFailed = isTemporary } : null,
            "REVERSE_NAME" => IsHostname(value) ? attributes with { ReverseName = new(value) } : null,
            "ADDR" => TryAddress(value, out var address) ? attributes with { Address = new(address) } : null,
            "DESTADDR" => TryAddress(value, out var address) ? attributes with { DestinationAddress = new(address) } : null,
            "PORT" => TryPort(value, out var port) ? attributes with { Port = port } : null,
            "DESTPORT" => TryPort(value, out var port) ? attributes with { DestinationPort = port } : null,
            "HELO" => attributes with { Helo = new(Neuter(value)) },
            // Postfix's XCLIENT knows two words, its XFORWARD any: they are only shown.
            "PROTO" => value is null or { Length: <= 64 } ? attributes with { Protocol = new(Neuter(value)?.ToUpperInvariant()) } : null,
            "LOGIN" => attributes with { Login = new(value) },
            "IDENT" => attributes with { Ident = new(Neuter(value)) },
            _ => value is null || value.ToUpperInvariant() is "LOCAL" or "REMOTE" ? attributes with { Source = new(value?.ToUpperInvariant()) } : null,
        };
        if (said is null) return false;
        attributes = said;
        return true;
    }

    private static bool IsHostname(string? value) => value is null || DomainSyntax.IsHostname(Encoding.UTF8.GetBytes(value));

    private static bool TryAddress(string? value, out IPAddress? address)
    {
        address = null;
        if (value is null) return true;
        if (value.StartsWith("IPV6:", StringComparison.OrdinalIgnoreCase)) return ClientAddressSyntax.TryAddress(value[5..], AddressFamily.InterNetworkV6, out address);
        return ClientAddressSyntax.TryAddress(value, value.Contains(':', StringComparison.Ordinal) ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, out address);
    }

    private static bool TryPort(string? value, out int port)
    {
        port = 0;
        return value is null || ClientAddressSyntax.TryPort(value, out port);
    }

    /// <summary>What logs and fields delimit with can't be in a value that goes there.</summary>
    private static string? Neuter(string? value) => value is null ? null : string.Concat(value.Select(c => " <>()\\\";@".Contains(c, StringComparison.Ordinal) ? '?' : c));
}
