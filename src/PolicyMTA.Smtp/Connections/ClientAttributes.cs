using System.Net;

namespace PolicyMTA.Smtp;

/// <summary>What XCLIENT or XFORWARD says of a client (Postfix's XCLIENT_README and XFORWARD_README); null what it does not say. An immutable value.</summary>
public sealed record ClientAttributes
{
    /// <summary>The client's name.</summary>
    public GivenAttribute<string>? Name { get; init; }
    /// <summary>The name was <c>[TEMPUNAVAIL]</c>: asked again later it may be known.</summary>
    public bool NameLookupFailed { get; init; }
    /// <summary>Its name before it was verified.</summary>
    public GivenAttribute<string>? ReverseName { get; init; }
    /// <summary>Its address.</summary>
    public GivenAttribute<IPAddress>? Address { get; init; }
    /// <summary>Its port; 0 when unavailable.</summary>
    public int? Port { get; init; }
    /// <summary>What it called itself.</summary>
    public GivenAttribute<string>? Helo { get; init; }
    /// <summary>The protocol it spoke, upper case.</summary>
    public GivenAttribute<string>? Protocol { get; init; }
    /// <summary>XCLIENT: who it logged in as.</summary>
    public GivenAttribute<string>? Login { get; init; }
    /// <summary>XCLIENT: the address it connected to.</summary>
    public GivenAttribute<IPAddress>? DestinationAddress { get; init; }
    /// <summary>XCLIENT: the port it connected to; 0 when unavailable.</summary>
    public int? DestinationPort { get; init; }
    /// <summary>XFORWARD: the message's id where it came from.</summary>
    public GivenAttribute<string>? Ident { get; init; }
    /// <summary>XFORWARD: <c>LOCAL</c> or <c>REMOTE</c>.</summary>
    public GivenAttribute<string>? Source { get; init; }
}
