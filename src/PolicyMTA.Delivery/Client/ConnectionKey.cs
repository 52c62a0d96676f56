using System.Net;

namespace PolicyMTA.Delivery.Client;

/// <summary>What a kept connection may be used for again. An immutable value.</summary>
internal sealed record ConnectionKey(string Protocol, EndPoint EndPoint, TlsLevel Tls, string HeloName);
