using System.Net;

namespace PolicyMTA.Delivery.Client;

/// <summary>What a kept connection may be used for again. An immutable value.</summary>
/// <param name="Protocol">SMTP or LMTP.</param>
/// <param name="EndPoint">Where it leads.</param>
/// <param name="HostName">The name whose certificate it has shown, and that it is called by.</param>
/// <param name="Terms">TLS and login.</param>
internal sealed record ConnectionKey(string Protocol, EndPoint EndPoint, string HostName, SessionTerms Terms);
