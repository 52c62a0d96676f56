using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Delivery.Client;
using PolicyMTA.Generations;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>What delivery needs of a generation, in its own words.</summary>
internal static class DeliverySlice
{
    /// <summary>The slice of a generation; valid as long as the generation is held.</summary>
    public static DeliveryGeneration Of(Generation generation) => new()
    {
        Hash = generation.Hash,
        Settings = Settings(generation, generation.Parameters, generation.Tables) with
        {
            Pipes = generation.Configuration.Transports.Where(section => section.Value is TransportSection.Pipe).ToDictionary(section => section.Key, section => ((TransportSection.Pipe)section.Value).Settings),
            Clients = generation.Configuration.Transports.Where(section => section.Value is TransportSection.Client).ToDictionary(section => section.Key, section => Client(generation, (TransportSection.Client)section.Value)),
            BounceTemplates = generation.BounceTemplates,
            Pools = generation.Configuration.Pools,
        },
        Addresses = generation.Book,
        Transports = generation.Transports,
        Policies = generation.Policies.Delivery,
    };

    private static DeliverySettings Settings(Generation generation, Parameters parameters, ILookupTables tables) => new()
    {
        MyHostname = parameters.Text("myhostname"),
        MyOrigin = parameters.Text("myorigin"),
        MailName = parameters.Text("mail_name"),
        RelayHost = parameters.Text("relayhost"),
        VirtualTransport = parameters.Text("virtual_transport"),
        LocalTransport = parameters.Text("local_transport"),
        RelayTransport = parameters.Text("relay_transport"),
        DefaultTransport = parameters.Text("default_transport"),
        TransportMaps = TablesOf(parameters, tables, "transport_maps"),
        SenderPriorityMaps = TablesOf(parameters, tables, "sender_priority_maps"),
        RecipientDelimiter = parameters.Text("recipient_delimiter"),
        VirtualMailboxBase = parameters.FilePath("virtual_mailbox_base") ?? "",
        VirtualMailboxMaps = TablesOf(parameters, tables, "virtual_mailbox_maps"),
        Virtual = MailboxSlice.Of(parameters, tables),
        QueueDirectory = parameters.FilePath("queue_directory") ?? parameters.Root,
        SenderDependentRelayHostMaps = TablesOf(parameters, tables, "sender_dependent_relayhost_maps"),
        SenderDependentDefaultTransportMaps = TablesOf(parameters, tables, "sender_dependent_default_transport_maps"),
        TransportMapsMatchSubdomains = parameters.FindDefinition("parent_domain_matches_subdomains") is { Name: var parents } && parameters.List(parents).Contains("transport_maps"),
        NullSenderTransportKey = parameters.Text("empty_address_default_transport_maps_lookup_key"),
        NullSenderRelayHostKey = parameters.Text("empty_address_relayhost_maps_lookup_key"),
        Smtp = Client(generation, parameters, "smtp"),
        Lmtp = Client(generation, parameters, "lmtp"),
        OwnAddresses = OwnAddresses.Find(generation.Configuration, parameters),
        UsesIpv4 = parameters.List("inet_protocols").Any(p => p is "all" or "ipv4"),
        UsesIpv6 = parameters.List("inet_protocols").Any(p => p is "all" or "ipv6"),
        Local = LocalSlice.Of(parameters, tables),
        Verification = VerificationSlice.Of(parameters, tables),
        BounceSizeLimit = parameters.Int64("bounce_size_limit"),
        DelayWarningTime = parameters.Duration("delay_warning_time"),
        MaximalQueueLifetime = parameters.Duration("maximal_queue_lifetime"),
        BounceQueueLifetime = parameters.Duration("bounce_queue_lifetime"),
        DoubleBounceSender = parameters.Text("double_bounce_sender"),
        BounceNoticeRecipient = parameters.Text("bounce_notice_recipient"),
        DoubleBounceNoticeRecipient = parameters.Text("2bounce_notice_recipient"),
        DelayNoticeRecipient = parameters.Text("delay_notice_recipient"),
        ErrorNoticeRecipient = parameters.Text("error_notice_recipient"),
    };

    private static OwnClient Client(Generation generation, TransportSection.Client section) => new(section.Protocol, Client(generation, section.Parameters, section.Protocol));

    private static ClientSettings Client(Generation generation, Parameters parameters, string protocol) => new ClientSlice(parameters, generation.Tables, generation.Authorities, protocol).Read() with
    {
        Generic = Generic(generation, parameters, $"{protocol}_generic_maps"),
        // What leaves for elsewhere is what SPF is asked about; LMTP stays in the house.
        Forwarded = protocol == "smtp" && generation.Book.ForwardedSenders is { } senders ? new ForwardedMail(generation.Book, senders) : null,
    };

    private static GenericMapping? Generic(Generation generation, Parameters parameters, string name) => TablesOf(parameters, generation.Tables, name) is { Count: > 0 } maps
        ? new GenericMapping(generation.Book.Rewriting, maps, parameters.Int32("header_address_token_limit"))
        : null;

    private static IReadOnlyList<ILookupTable> TablesOf(Parameters parameters, ILookupTables tables, string name) => [.. parameters.List(name).Select(tables.Open)];
}
