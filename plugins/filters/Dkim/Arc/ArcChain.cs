using System.Globalization;

namespace PolicyMTA.Filters.Dkim.Arc;

/// <summary>The sets of a message as they stand in its header section (RFC 8617 §5.2, steps 1 to 3).</summary>
/// <param name="Sets">From the first intermediary on; empty for a message without sets, and for one whose sets are wrong.</param>
/// <param name="Problem">What is wrong with them; null when nothing is.</param>
internal sealed record ArcChain(IReadOnlyList<ArcSet> Sets, string? Problem)
{
    /// <summary>RFC 8617 §4.2.1.</summary>
    internal const int MostSets = 50;

    internal const string ResultsName = "ARC-Authentication-Results", MessageName = "ARC-Message-Signature", SealName = "ARC-Seal";

    internal static ArcChain Read(RawHeader header)
    {
        var (results, messages, seals) = (new Dictionary<int, RawField>(), new Dictionary<int, DkimSignature>(), new Dictionary<int, ArcSeal>());
        foreach (var field in header.Fields)
        {
            if (field.Is(ResultsName) && !(FindInstance(field) is { } number && results.TryAdd(number, field))) return Wrong("its results are numbered wrongly");
            if (field.Is(MessageName) && !TryAddMessage(field, messages)) return Wrong("a signature is wrong, or there twice");
            if (field.Is(SealName) && !TryAddSeal(field, seals)) return Wrong("a seal is wrong, or there twice");
        }
        var count = new[] { results.Count, messages.Count, seals.Count }.Max();
        if (count == 0) return new ArcChain([], null);
        if (count > MostSets) return Wrong($"more than {MostSets} sets");
        var sets = new List<ArcSet>(count);
        for (var instance = 1; instance <= count; instance++)
        {
            if (!results.TryGetValue(instance, out var found) || !messages.TryGetValue(instance, out var message) || !seals.TryGetValue(instance, out var seal)) return Wrong($"set {instance} is not whole");
            sets.Add(new ArcSet(instance, found, message, seal));
        }
        return new ArcChain(sets, null);
    }

    private static ArcChain Wrong(string problem) => new([], problem);

    private static bool TryAddMessage(RawField field, Dictionary<int, DkimSignature> messages) =>
        DkimSignature.TryParse(field, out var signature, out _, isOfMessage: false) && Number(signature.Tags["i"]) is { } number && messages.TryAdd(number, signature);

    private static bool TryAddSeal(RawField field, Dictionary<int, ArcSeal> seals) =>
        TagList.TryParse(field.Value, out var tags) && ArcSeal.TryParse(field, tags, out var seal) && Number(tags["i"]) is { } number && seals.TryAdd(number, seal);

    // i=1; authserv-id; …
    private static int? FindInstance(RawField field)
    {
        var (value, end) = (field.Value, field.Value.IndexOf(';', StringComparison.Ordinal));
        if (end < 0) return null;
        var parts = value[..end].Split('=', 2);
        return parts.Length == 2 && parts[0].Trim(' ', '\t', '\r', '\n') == "i" ? Number(parts[1].Trim(' ', '\t', '\r', '\n')) : null;
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostSets ? number : null;
}
