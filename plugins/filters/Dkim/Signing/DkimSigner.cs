using System.Globalization;
using System.Text;

namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>Makes DKIM-Signature fields (RFC 6376 §5). Thread-safe.</summary>
internal static class DkimSigner
{
    private const int LineLength = 76;

    /// <summary>The value of a field for the top of the header section.</summary>
    /// <param name="fields">The header section, from the top.</param>
    /// <param name="bodyHash">The body's hash in the style's form.</param>
    /// <param name="request">Who signs.</param>
    /// <param name="style">How.</param>
    /// <param name="now">The time of t=.</param>
    internal static string Sign(IReadOnlyList<RawField> fields, byte[] bodyHash, SignatureRequest request, SigningStyle style, DateTimeOffset now)
    {
        var at = now.ToUnixTimeSeconds();
        var tags = new List<string>
        {
            "v=1", $"a={DkimSignature.NameOf(request.Key.Algorithm)}", $"c={Form(style.IsHeaderRelaxed)}/{Form(style.IsBodyRelaxed)}", $"d={request.Domain}", $"s={request.Selector}",
        };
        if (request.Identity is { } identity) tags.Add($"i={identity}");
        tags.Add($"t={Number(at)}");
        if (style.Lifetime is { } lifetime) tags.Add($"x={Number(at + (long)lifetime.TotalSeconds)}");
        tags.Add($"bh={Convert.ToBase64String(bodyHash)}");
        tags.Add($"h={string.Join(':', Names(fields, style))}");
        tags.Add("b=");
        var unsigned = Fold(tags);
        if (!DkimSignature.TryParse(RawField.Of("DKIM-Signature", unsigned + "AA=="), out var signature, out var problem)) throw new InvalidOperationException($"a signature for {request.Domain} can't be made: {problem}");
        var signed = request.Key.Sign(DkimVerifier.HashHeader(fields, signature));
        return unsigned + FoldBase64(Convert.ToBase64String(signed));
    }

    // A name stands once for each field of it, and the oversigned ones once more.
    private static IEnumerable<string> Names(IReadOnlyList<RawField> fields, SigningStyle style)
    {
        foreach (var name in style.Fields.Concat(style.Oversigned).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var count = style.Fields.Contains(name, StringComparer.OrdinalIgnoreCase) || style.Oversigned.Contains(name, StringComparer.OrdinalIgnoreCase) ? fields.Count(field => field.Is(name)) : 0;
            if (style.Oversigned.Contains(name, StringComparer.OrdinalIgnoreCase)) count++;
            for (; count > 0; count--) yield return name;
        }
    }

    private static string Fold(List<string> tags)
    {
        var text = new StringBuilder();
        var column = "DKIM-Signature:".Length;
        for (var i = 0; i < tags.Count; i++)
        {
            var tag = i < tags.Count - 1 ? tags[i] + ";" : tags[i];
            foreach (var word in tag.StartsWith("h=", StringComparison.Ordinal) ? Words(tag) : [tag])
            {
                var isJoined = word != tag && !word.StartsWith("h=", StringComparison.Ordinal);
                if (column + 1 + word.Length > LineLength)
                {
                    text.Append("\r\n\t");
                    column = 8;
                }
                else if (!isJoined)
                {
                    text.Append(' ');
                    column++;
                }
                text.Append(word);
                column += word.Length;
            }
        }
        return text.ToString();
    }

    // The list of names may be folded at its colons.
    private static IEnumerable<string> Words(string tag)
    {
        var parts = tag.Split(':');
        return parts.Select((part, i) => i < parts.Length - 1 ? part + ":" : part);
    }

    private static string FoldBase64(string text)
    {
        var folded = new StringBuilder();
        for (var at = 0; at < text.Length; at += LineLength - 8) folded.Append("\r\n\t ").Append(text, at, Math.Min(LineLength - 8, text.Length - at));
        return folded.ToString();
    }

    private static string Form(bool isRelaxed) => isRelaxed ? "relaxed" : "simple";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
