using System.Net;
using PolicyMTA.Delivery.Client.Logins;
using PolicyMTA.Delivery.Client.Tls;

namespace PolicyMTA.Delivery.Client;

/// <summary>What a session is like apart from where it leads. An immutable value; connections with equal terms are good for each other's messages.</summary>
internal sealed record SessionTerms(TlsRequirement Tls, string HeloName, Login? Login)
{
    /// <summary>The address it comes from; null: any.</summary>
    public IPAddress? Source { get; init; }
}
