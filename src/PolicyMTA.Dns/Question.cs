using DnsClient;

namespace PolicyMTA.Dns;

/// <summary>A question to DNS; the name in lower case without a closing dot.</summary>
internal readonly record struct Question(string Name, QueryType Type);
