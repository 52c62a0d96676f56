using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>The parameters of the transport <c>local</c>, by their Postfix names (local(8)). An immutable value.</summary>
public sealed record LocalSettings
{
    /// <summary>The characters of <c>command_expansion_filter</c> and <c>forward_expansion_filter</c> when nothing is said.</summary>
    public const string SafeCharacters = "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary><c>alias_maps</c>, in the order to ask.</summary>
    public IReadOnlyList<AliasSource> AliasMaps { get; init; } = [];
    /// <summary><c>owner_request_special</c>.</summary>
    public bool OwnerRequestSpecial { get; init; } = true;
    /// <summary><c>expand_owner_alias</c>.</summary>
    public bool ExpandOwnerAlias { get; init; }
    /// <summary><c>allow_mail_to_commands</c>: <c>alias</c>, <c>forward</c>, <c>include</c>.</summary>
    public IReadOnlyList<string> AllowMailToCommands { get; init; } = ["alias", "forward"];
    /// <summary><c>allow_mail_to_files</c>: the same.</summary>
    public IReadOnlyList<string> AllowMailToFiles { get; init; } = ["alias", "forward"];
    /// <summary><c>propagate_unmatched_extensions</c>.</summary>
    public IReadOnlyList<string> PropagateUnmatchedExtensions { get; init; } = ["canonical", "virtual"];
    /// <summary><c>prepend_delivered_header</c>: <c>command</c>, <c>file</c>, <c>forward</c>.</summary>
    public IReadOnlyList<string> PrependDeliveredHeader { get; init; } = ["command", "file", "forward"];
    /// <summary><c>default_privs</c>: the user of commands and files that nobody answers for.</summary>
    public string DefaultPrivs { get; init; } = "nobody";
    /// <summary><c>forward_path</c>, its macros not expanded; empty: users have no say.</summary>
    public IReadOnlyList<string> ForwardPath { get; init; } = [];
    /// <summary><c>forward_expansion_filter</c>.</summary>
    public string ForwardExpansionFilter { get; init; } = SafeCharacters;
    /// <summary><c>mailbox_transport_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> MailboxTransportMaps { get; init; } = [];
    /// <summary><c>mailbox_transport</c>.</summary>
    public string MailboxTransport { get; init; } = "";
    /// <summary><c>mailbox_command_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> MailboxCommandMaps { get; init; } = [];
    /// <summary><c>mailbox_command</c>.</summary>
    public string MailboxCommand { get; init; } = "";
    /// <summary><c>home_mailbox</c>.</summary>
    public string HomeMailbox { get; init; } = "";
    /// <summary><c>mail_spool_directory</c>.</summary>
    public string MailSpoolDirectory { get; init; } = "/var/mail";
    /// <summary><c>fallback_transport_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> FallbackTransportMaps { get; init; } = [];
    /// <summary><c>fallback_transport</c>.</summary>
    public string FallbackTransport { get; init; } = "";
    /// <summary><c>luser_relay</c>, its macros not expanded.</summary>
    public string LuserRelay { get; init; } = "";
    /// <summary><c>command_execution_directory</c>, its macros not expanded.</summary>
    public string CommandExecutionDirectory { get; init; } = "";
    /// <summary><c>command_expansion_filter</c>.</summary>
    public string CommandExpansionFilter { get; init; } = SafeCharacters;
    /// <summary><c>execution_directory_expansion_filter</c>.</summary>
    public string ExecutionDirectoryExpansionFilter { get; init; } = SafeCharacters;
    /// <summary><c>command_time_limit</c>.</summary>
    public TimeSpan CommandTimeLimit { get; init; } = TimeSpan.FromSeconds(1000);
    /// <summary><c>mailbox_size_limit</c> in bytes; 0 for no limit.</summary>
    public long MailboxSizeLimit { get; init; } = 51_200_000;
    /// <summary><c>mailbox_delivery_lock</c>.</summary>
    public MailboxLocking MailboxLocking { get; init; } = new();
    /// <summary><c>require_home_directory</c>.</summary>
    public bool RequireHomeDirectory { get; init; }
    /// <summary><c>strict_mailbox_ownership</c>.</summary>
    public bool StrictMailboxOwnership { get; init; } = true;
    /// <summary><c>hopcount_limit</c>: the most Received fields of what is forwarded.</summary>
    public int HopCountLimit { get; init; } = 50;
}
