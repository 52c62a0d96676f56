namespace PolicyMTA.Sdk;

/// <summary>A forward-path as RCPT gave it. An immutable value.</summary>
public sealed record Recipient
{
    /// <summary>The address; never without a domain: <c>myorigin</c> completes it.</summary>
    public required Address Address { get; init; }
    /// <summary>The address as the client gave it, for replies and trace fields: perhaps without a domain.</summary>
    public Address Given { get => field ?? Address; init; }
    /// <summary>The parameters of RCPT.</summary>
    public RecipientParameters Parameters { get; init; } = RecipientParameters.None;
    /// <summary>Its address class.</summary>
    public AddressClass Class { get; init; } = AddressClass.Default;
    /// <summary>The part of the local part behind <c>recipient_delimiter</c>; empty when there is none.</summary>
    public string Extension { get; init; } = "";
}

/// <summary>Who is responsible for an address (Postfix ADDRESS_CLASS_README).</summary>
public enum AddressClass
{
    /// <summary>Mail for anyone else; taking it is relaying.</summary>
    Default,
    /// <summary><c>mydestination</c>.</summary>
    Local,
    /// <summary><c>virtual_alias_domains</c>.</summary>
    VirtualAlias,
    /// <summary><c>virtual_mailbox_domains</c>.</summary>
    VirtualMailbox,
    /// <summary><c>relay_domains</c>.</summary>
    Relay,
}
