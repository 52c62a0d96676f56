using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>Paths: a mailbox in angle brackets, perhaps behind a source route.</summary>
internal static class PathSyntax
{
    /// <summary>Reads a path at the beginning of the text, which is advanced behind it and white space.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> text, AddressRules rules, out Address address)
    {
        address = Address.Null;
        if (text.IsEmpty) return false;
        var hasBrackets = text[0] == (byte)'<';
        if (!hasBrackets && rules.IsStrict) return false;

        var length = hasBrackets ? BracketedLength(text) : BareLength(text);
        if (length < 0) return false;
        var path = hasBrackets ? text[1..(length - 1)] : text[..length];
        text = text[length..];
        // What follows must be parted by white space: <a@b>SIZE=1 is no path with a parameter.
        if (text.Length > 0 && text[0] is not ((byte)' ' or (byte)'\t')) return false;
        text = text.TrimStart(" \t"u8);

        if (hasBrackets && path.IsEmpty) return rules.AllowsNull;
        return TrySkipRoute(ref path, rules) && AddressSyntax.TryParse(path, rules, out address);
    }

    private static int BracketedLength(ReadOnlySpan<byte> text)
    {
        var end = FindUnquoted(text, (byte)'>', (byte)'>');
        return end < 0 ? -1 : end + 1;
    }

    private static int BareLength(ReadOnlySpan<byte> text)
    {
        var end = FindUnquoted(text, (byte)' ', (byte)'\t');
        return end < 0 ? text.Length : end;
    }

    private static int FindUnquoted(ReadOnlySpan<byte> text, byte first, byte second)
    {
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'"') isQuoted = !isQuoted;
            else if (text[i] == (byte)'\\') i++;
            else if (!isQuoted && (text[i] == first || text[i] == second)) return i;
        }
        return -1;
    }

    /// <summary><c>@one,@two:</c> is accepted and ignored (RFC 5321 §4.1.2, appendix C).</summary>
    private static bool TrySkipRoute(ref ReadOnlySpan<byte> path, AddressRules rules)
    {
        while (path.Length > 0 && path[0] == (byte)'@')
        {
            var isLiteral = path.Length > 1 && path[1] == (byte)'[';
            var start = isLiteral ? path.IndexOf((byte)']') : 1;
            if (start < 0) return false;
            var end = path[start..].IndexOfAny((byte)',', (byte)':');
            if (end < 0 || !DomainSyntax.TryParse(path[1..(start + end)], rules, out _)) return false;
            var isLast = path[start + end] == (byte)':';
            path = path[(start + end + 1)..];
            if (isLast) return true;
            if (path.IsEmpty || path[0] != (byte)'@') return false;
        }
        return true;
    }
}
