using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>
/// Finds the addresses in a header field and puts others in their place: names, comments, folding and quoting around them stay as they are, and a field in which no address changes
/// stays byte for byte. Text is one character a byte here (Latin-1), addresses are UTF-8. Pure; never throws for what a field may hold.
/// </summary>
public static class HeaderAddresses
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Rewrites what cleanup would in a field of that use; null when nothing changes. Behind <paramref name="tokenLimit"/> tokens (<c>header_address_token_limit</c>) nothing does.</summary>
    public static ValueTask<string?> RewriteAsync(
        string value, AddressRewriting rewriting, AddressUse use, RewriteContext context, int tokenLimit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(rewriting);
        return RewriteAsync(value, tokens => rewriting.RewriteAsync(tokens, use, context, cancellationToken), tokenLimit);
    }

    /// <summary>Asks tables once for each address, as the client does with <c>smtp_generic_maps</c>; null when nothing changes.</summary>
    public static ValueTask<string?> MapAsync(string value, AddressRewriting rewriting, IReadOnlyList<ILookupTable> maps, int tokenLimit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(rewriting);
        return RewriteAsync(value, tokens => rewriting.MapOnceAsync(maps, Address.FromInternal(Internal(tokens)), cancellationToken), tokenLimit);
    }

    private static async ValueTask<string?> RewriteAsync(string value, Func<IReadOnlyList<AddressToken>, ValueTask<Address>> rewrite, int tokenLimit)
    {
        var scanned = AddressToken.Scan(value, tokenLimit);
        // The address that the limit cuts in two is left alone with those behind it.
        if (scanned.Count == tokenLimit) scanned.RemoveRange(scanned.FindLastIndex(token => token.Is(',')) + 1, scanned.Count - scanned.FindLastIndex(token => token.Is(',')) - 1);
        var found = HeaderAddressFinder.Find(scanned);
        string?[]? replacements = null;
        for (var i = 0; i < found.Count; i++)
        {
            // What is no UTF-8 is no address that a table could know.
            if (ToUnicode(found[i].Tokens) is not { } tokens) continue;
            var rewritten = await rewrite(tokens);
            if (rewritten.IsNull || rewritten.ToString() == Internal(tokens)) continue;
            replacements ??= new string?[found.Count];
            replacements[i] = Write(rewritten, found[i].Tokens);
        }
        return replacements is null ? null : Replace(value, found, replacements);
    }

    private static string Replace(string value, List<FoundAddress> found, string?[] replacements)
    {
        var text = new StringBuilder(value.Length + 64);
        var copied = 0;
        for (var i = 0; i < found.Count; i++)
        {
            // Words side by side are addresses of their own, and were read so: now it shows.
            if (found[i].LacksComma) text.Append(value, copied, found[i - 1].End - copied).Append(',');
            if (found[i].LacksComma) copied = found[i - 1].End;
            if (replacements[i] is not { } replacement) continue;
            text.Append(value, copied, found[i].Start - copied).Append(replacement);
            copied = found[i].End;
        }
        return text.Append(value, copied, value.Length - copied).ToString();
    }

    private static string Write(Address address, IReadOnlyList<AddressToken> replaced)
    {
        var text = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(address.ToEnvelope()));
        // A comment in the midst of an address stands behind it now.
        return string.Concat([text, .. replaced.Where(token => token.Kind == AddressTokenKind.Comment).Select(token => " " + token.Text)]);
    }

    private static string Internal(IReadOnlyList<AddressToken> tokens) => string.Concat(tokens.Where(token => token.Kind != AddressTokenKind.Comment).Select(token => token.Text));

    private static IReadOnlyList<AddressToken>? ToUnicode(IReadOnlyList<AddressToken> tokens)
    {
        if (tokens.All(token => Ascii.IsValid(token.Text))) return tokens;
        try
        {
            return [.. tokens.Select(token => token with { Text = Utf8.GetString(Encoding.Latin1.GetBytes(token.Text)) })];
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
