using System.Net;

namespace PolicyMTA.Smtp;

/// <summary>What a proxy says of the connection it passes on (HAProxy's PROXY protocol, versions 1 and 2). An immutable value.</summary>
/// <param name="IsLocal">The proxy speaks for itself, as health checks do: the connection's own addresses hold.</param>
/// <param name="Source">The client; null when the proxy doesn't know it, or it has no internet address.</param>
/// <param name="Destination">Where the client connected to; null like <paramref name="Source"/>.</param>
public sealed record ProxyHeader(bool IsLocal, IPEndPoint? Source, IPEndPoint? Destination)
{
    /// <summary>The longest header that is read: version 1 allows 107, version 2 more than anybody sends.</summary>
    public const int MaxLength = 4096;

    /// <summary>Version 1 with its CRLF.</summary>
    public const int MaxTextLength = 107;

    /// <summary>The proxy's own connection.</summary>
    public static ProxyHeader Local { get; } = new(true, null, null);

    /// <summary>Somebody's, but nobody knows whose.</summary>
    public static ProxyHeader Unknown { get; } = new(false, null, null);
}
