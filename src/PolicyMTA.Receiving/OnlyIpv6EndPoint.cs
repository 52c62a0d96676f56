using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace PolicyMTA.Receiving;

/// <summary>Every IPv6 address and no IPv4 one (<c>inet_protocols = ipv6</c>), where a plain <c>[::]</c> takes both.</summary>
public sealed class OnlyIpv6EndPoint(int port) : IPEndPoint(IPAddress.IPv6Any, port)
{
    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? comparand) => comparand is OnlyIpv6EndPoint other && other.Port == Port;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(nameof(OnlyIpv6EndPoint), Port);
}
