using System.Globalization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>A policy record (RFC 9989 §4.7). An immutable value.</summary>
internal sealed record DmarcRecord
{
    private const string DefaultFailureOptions = "0";
    private const int All = 100;

    /// <summary>The record as published.</summary>
    public string Text { get; private init; } = "";
    /// <summary>False when the record asks for nothing: its policy can't be understood, and nobody is to be told so (§4.10.1).</summary>
    public bool IsUsable { get; private init; }
    /// <summary>For the domain itself.</summary>
    public DmarcPolicy Policy { get; private init; }
    /// <summary>For domains below it.</summary>
    public DmarcPolicy SubdomainPolicy { get; private init; }
    /// <summary>For domains below it that don't exist.</summary>
    public DmarcPolicy NonexistentPolicy { get; private init; }
    /// <summary>DKIM's domain must be the author's own.</summary>
    public bool IsDkimStrict { get; private init; }
    /// <summary>SPF's domain must be the author's own.</summary>
    public bool IsSpfStrict { get; private init; }
    /// <summary>Whether the domain is a public suffix.</summary>
    public PublicSuffixFlag Suffix { get; private init; }
    /// <summary>The domain tests: policies are applied one step milder.</summary>
    public bool IsTest { get; private init; }
    /// <summary>The share of failing mail that the policy is meant for (RFC 7489 §6.3).</summary>
    public int Percent { get; private init; } = All;
    /// <summary>When failure reports are wanted.</summary>
    public string FailureOptions { get; private init; } = DefaultFailureOptions;
    /// <summary>Where aggregate reports go.</summary>
    public IReadOnlyList<ReportAddress> AggregateAddresses { get; private init; } = [];
    /// <summary>Where failure reports go.</summary>
    public IReadOnlyList<ReportAddress> FailureAddresses { get; private init; } = [];

    /// <summary>Reads a TXT record; null when it is no record of this version. Otherwise there is always one: what it gets wrong counts as not said (§4.8).</summary>
    internal static DmarcRecord? Parse(string text)
    {
        if (!IsRecord(text)) return null;
        // A tag stands twice: nothing to believe, but it is a record, and another beside it makes two.
        if (DmarcTags.Split(text) is not { } tags) return new DmarcRecord();
        var (aggregate, failure) = (ReportAddress.ParseList(tags.GetValueOrDefault("rua", "")), ReportAddress.ParseList(tags.GetValueOrDefault("ruf", "")));
        // §4.10.1: who can't be understood but wants reports gets them; nobody else is asked anything.
        var isUnderstood = tags.ContainsKey("p") && new[] { "p", "sp", "np" }.All(tag => !tags.TryGetValue(tag, out var value) || DmarcTags.IsLegal(tag, value));
        var policy = isUnderstood ? Policy("p") ?? DmarcPolicy.None : DmarcPolicy.None;
        var below = isUnderstood ? Policy("sp") ?? policy : DmarcPolicy.None;
        return new DmarcRecord
        {
            Text = text,
            IsUsable = isUnderstood || aggregate.Count > 0,
            Policy = policy,
            SubdomainPolicy = below,
            NonexistentPolicy = isUnderstood ? Policy("np") ?? below : DmarcPolicy.None,
            IsDkimStrict = Is("adkim", "s"),
            IsSpfStrict = Is("aspf", "s"),
            Suffix = Is("psd", "y") ? PublicSuffixFlag.Yes : Is("psd", "n") ? PublicSuffixFlag.No : PublicSuffixFlag.Unknown,
            IsTest = Is("t", "y"),
            Percent = Legal("pct") is { } percent ? int.Parse(percent, NumberStyles.None, CultureInfo.InvariantCulture) : All,
            FailureOptions = Legal("fo")?.ToLowerInvariant() ?? DefaultFailureOptions,
            AggregateAddresses = aggregate,
            FailureAddresses = failure,
        };

        string? Legal(string tag) => tags.TryGetValue(tag, out var value) && DmarcTags.IsLegal(tag, value) ? value : null;
        bool Is(string tag, string value) => value.Equals(Legal(tag), StringComparison.OrdinalIgnoreCase);
        DmarcPolicy? Policy(string tag) => tags.TryGetValue(tag, out var value) ? DmarcPolicies.Parse(value) : null;
    }

    // The version stands first, and its case counts (§4.7).
    private static bool IsRecord(string text)
    {
        var end = text.IndexOf(';', StringComparison.Ordinal);
        var first = end < 0 ? text : text[..end];
        var sign = first.IndexOf('=', StringComparison.Ordinal);
        return sign > 0 && first[..sign].Trim(' ', '\t') is "v" or "V" && first[(sign + 1)..].Trim(' ', '\t') == DmarcTags.Version;
    }
}
