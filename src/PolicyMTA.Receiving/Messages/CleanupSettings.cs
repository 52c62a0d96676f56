using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>What happens to envelope and header section on the way into the queue, by Postfix's names. An immutable value; the tables belong to the generation.</summary>
public sealed record CleanupSettings
{
    /// <summary>Nothing at all.</summary>
    public static CleanupSettings None { get; } = new();

    /// <summary><c>local_header_rewrite_clients</c>: whose header sections are completed like those of our own users.</summary>
    public RewriteClients LocalClients { get; init; } = RewriteClients.None;
    /// <summary><c>always_add_missing_headers</c>: From, Date and Message-Id for everybody's mail.</summary>
    public bool AlwaysAddsMissingHeaders { get; init; }
    /// <summary><c>undisclosed_recipients_header</c>, a whole field, for messages without To and Cc; empty: none.</summary>
    public string UndisclosedRecipientsHeader { get; init; } = "";
    /// <summary><c>header_address_token_limit</c>.</summary>
    public int HeaderAddressTokenLimit { get; init; } = 10_240;
    /// <summary><c>always_bcc</c>; null: nobody.</summary>
    public Address? AlwaysBcc { get; init; }
    /// <summary><c>sender_bcc_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> SenderBccMaps { get; init; } = [];
    /// <summary><c>recipient_bcc_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> RecipientBccMaps { get; init; } = [];
    /// <summary><c>enable_original_recipient</c>: one mailbox gets a message once for each address that led there.</summary>
    public bool KeepsOriginalRecipients { get; init; } = true;
    /// <summary><c>duplicate_filter_limit</c>: how many recipients are remembered; 0: all.</summary>
    public int DuplicateFilterLimit { get; init; } = 1000;
    /// <summary>What lines of a message are looked at for.</summary>
    public ContentCheckSettings Checks { get; init; } = ContentCheckSettings.None;
}
