namespace PolicyMTA.Filters.Spf;

/// <summary>How much DNS one check may cause (RFC 7208 §4.6.4). An immutable value.</summary>
internal sealed record SpfLimits
{
    internal static SpfLimits Default { get; } = new();

    /// <summary>Terms that ask DNS.</summary>
    public int Lookups { get; init; } = 10;
    /// <summary>Questions that found nothing.</summary>
    public int VoidLookups { get; init; } = 2;
    /// <summary>Hosts of an mx; more is an error.</summary>
    public int Exchanges { get; init; } = 10;
    /// <summary>Names of an address; the others are not looked at.</summary>
    public int Pointers { get; init; } = 10;
    /// <summary>How long a check may take; at least 20 seconds, says the RFC.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(20);
}
