using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Generations;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>What the transport <c>local</c> needs of a generation, in its own words.</summary>
internal static class LocalSlice
{
    public static LocalSettings Of(Parameters parameters, ILookupTables tables)
    {
        IReadOnlyList<ILookupTable> TablesOf(string name) => [.. parameters.List(name).Select(tables.Open)];
        return new LocalSettings
        {
            AliasMaps = LocalTables.AliasMaps(parameters, tables),
            OwnerRequestSpecial = parameters.Boolean("owner_request_special"),
            ExpandOwnerAlias = parameters.Boolean("expand_owner_alias"),
            AllowMailToCommands = parameters.List("allow_mail_to_commands"),
            AllowMailToFiles = parameters.List("allow_mail_to_files"),
            PropagateUnmatchedExtensions = parameters.List("propagate_unmatched_extensions"),
            PrependDeliveredHeader = parameters.List("prepend_delivered_header"),
            DefaultPrivs = parameters.Text("default_privs"),
            ForwardPath = parameters.List("forward_path"),
            ForwardExpansionFilter = parameters.Text("forward_expansion_filter"),
            MailboxTransportMaps = TablesOf("mailbox_transport_maps"),
            MailboxTransport = parameters.Text("mailbox_transport").Trim(),
            MailboxCommandMaps = TablesOf("mailbox_command_maps"),
            MailboxCommand = parameters.Text("mailbox_command").Trim(),
            HomeMailbox = parameters.Text("home_mailbox").Trim(),
            MailSpoolDirectory = parameters.FilePath("mail_spool_directory") ?? "/var/mail",
            FallbackTransportMaps = TablesOf("fallback_transport_maps"),
            FallbackTransport = parameters.Text("fallback_transport").Trim(),
            LuserRelay = parameters.Text("luser_relay").Trim(),
            CommandExecutionDirectory = parameters.Text("command_execution_directory").Trim(),
            CommandExpansionFilter = parameters.Text("command_expansion_filter"),
            ExecutionDirectoryExpansionFilter = parameters.Text("execution_directory_expansion_filter"),
            CommandTimeLimit = parameters.Duration("command_time_limit"),
            MailboxSizeLimit = parameters.Int64("mailbox_size_limit"),
            MailboxLocking = MailboxSlice.LockingOf(parameters, "mailbox_delivery_lock"),
            RequireHomeDirectory = parameters.Boolean("require_home_directory"),
            StrictMailboxOwnership = parameters.Boolean("strict_mailbox_ownership"),
            HopCountLimit = parameters.Int32("hopcount_limit"),
        };
    }
}
