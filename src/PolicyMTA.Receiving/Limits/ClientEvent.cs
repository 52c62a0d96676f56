namespace PolicyMTA.Receiving.Limits;

/// <summary>What is counted per client and time unit.</summary>
internal enum ClientEvent
{
    Connection,
    Message,
    Recipient,
    NewTlsSession,
    Auth,
}
