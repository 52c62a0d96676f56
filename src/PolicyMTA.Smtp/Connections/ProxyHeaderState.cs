namespace PolicyMTA.Smtp;

/// <summary>How far a <see cref="ProxyHeader"/> has come.</summary>
public enum ProxyHeaderState
{
    /// <summary>So far it may be one: more bytes tell.</summary>
    Incomplete,
    /// <summary>There it is.</summary>
    Complete,
    /// <summary>It is none, whatever follows.</summary>
    Malformed,
}
