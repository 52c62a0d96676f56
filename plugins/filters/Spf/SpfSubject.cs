using System.Net;

namespace PolicyMTA.Filters.Spf;

/// <summary>Whom a check is about (RFC 7208 §4.1). An immutable value.</summary>
/// <param name="Client">The client's address; an IPv4 address in IPv6's clothes counts as IPv4.</param>
/// <param name="Local">The local part of the sender; <c>postmaster</c> when there is none (§4.3).</param>
/// <param name="SenderDomain">The domain of the sender.</param>
/// <param name="Helo">The name the client gave itself.</param>
/// <param name="Receiver">Our own name, for explanations.</param>
internal sealed record SpfSubject(IPAddress Client, string Local, string SenderDomain, string Helo, string Receiver)
{
    /// <summary>The sender, as macros see it.</summary>
    public string Sender => $"{Local}@{SenderDomain}";

    /// <summary>The identity of MAIL, or that of HELO when the sender is null (§2.4).</summary>
    internal static SpfSubject Of(IPAddress client, string local, string domain, string helo, string receiver) =>
        new(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client, local.Length == 0 ? "postmaster" : local, domain.Length == 0 ? helo : domain, helo, receiver);
}
