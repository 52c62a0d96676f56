using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>What is known beforehand of a client that comes without a socket of its own. An immutable value.</summary>
public sealed record KnownClient
{
    /// <summary>Its name; null: DNS is asked, and the dialogue begins when it has answered.</summary>
    public string? Name { get; init; }
    /// <summary>Its PTR name; null: <see cref="Name"/>.</summary>
    public string? ReverseName { get; init; }
    /// <summary>Its TLS session; null: plain text.</summary>
    public Tls? Tls { get; init; }
    /// <summary>Its login; null: none.</summary>
    public Sasl? Sasl { get; init; }
}
