using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Makes the address classes of a generation from its parameters.</summary>
internal static class AddressBookPart
{
    /// <summary>Obtains the part; every table that its parameters name is open already. Who sends what is forwarded goes with it.</summary>
    public static GenerationPart<PluginMade<AddressBook>> Obtain(GenerationScope scope, ForwardedSenders? senders) =>
        scope.Obtain("addresses", "", string.Join('\n', scope.Configuration.Tables.Keys.Order(StringComparer.Ordinal).Append(LocalTables.Signature(scope)).Append(ForwardedSendersPart.Signature(scope))), null, services => Create(scope, services, senders));

    private static AddressBook Create(GenerationScope scope, PluginServices services, ForwardedSenders? senders)
    {
        var settings = services.Settings;
        var sections = scope.Configuration.Tables.Keys.ToHashSet(StringComparer.Ordinal);
        var aliasDomains = settings.List("virtual_alias_domains");
        return new AddressBook(new AddressBookSettings
        {
            MyOrigin = settings.Text("myorigin"),
            MyDomain = settings.Text("mydomain"),
            AppendAtMyOrigin = settings.Boolean("append_at_myorigin"),
            AppendDotMyDomain = settings.Boolean("append_dot_mydomain"),
            PercentHack = settings.Boolean("percent_hack"),
            SwapBangpath = settings.Boolean("swap_bangpath"),
            ResolvesDequoted = settings.Boolean("resolve_dequoted_address"),
            AllowUntrustedRouting = settings.Boolean("allow_untrusted_routing"),
            RemoteHeaderRewriteDomain = settings.Text("remote_header_rewrite_domain"),
            RelocatedMaps = Tables("relocated_maps"),
            PrefixesRelocated = settings.Boolean("relocated_prefix_enable"),
            PropagatedExtensions = settings.List("propagate_unmatched_extensions").Aggregate(ExtensionUse.None, (all, word) => all | word switch
            {
                "canonical" => ExtensionUse.Canonical,
                "virtual" => ExtensionUse.Virtual,
                "generic" => ExtensionUse.Generic,
                _ => ExtensionUse.None,
            }),
            Rewriting = new RewritingSettings
            {
                CanonicalMaps = Tables("canonical_maps"),
                CanonicalClasses = Uses("canonical_classes"),
                SenderCanonicalMaps = Tables("sender_canonical_maps"),
                SenderCanonicalClasses = Uses("sender_canonical_classes"),
                RecipientCanonicalMaps = Tables("recipient_canonical_maps"),
                RecipientCanonicalClasses = Uses("recipient_canonical_classes"),
                MasqueradeDomains = settings.List("masquerade_domains"),
                MasqueradeClasses = Uses("masquerade_classes"),
                MasqueradeExceptions = Domains("masquerade_exceptions"),
            },
            ForwardedSenders = senders,
            VirtualAliasAddressLengthLimit = settings.Int32("virtual_alias_address_length_limit"),
            MyDestination = Domains("mydestination"),
            OwnAddresses = MachineAddresses.Find(),
            VirtualAliasDomains = aliasDomains.Count == 0 ? null : Domains("virtual_alias_domains"),
            VirtualAliasMaps = Tables("virtual_alias_maps"),
            VirtualMailboxDomains = Domains("virtual_mailbox_domains"),
            VirtualMailboxMaps = Tables("virtual_mailbox_maps"),
            RelayDomains = Domains("relay_domains", DomainMatching.Below),
            RelayRecipientMaps = Tables("relay_recipient_maps"),
            LocalRecipientMaps = LocalTables.Recipients(scope, services),
            RecipientDelimiter = settings.Text("recipient_delimiter"),
            VirtualAliasExpansionLimit = settings.Int32("virtual_alias_expansion_limit"),
            VirtualAliasRecursionLimit = settings.Int32("virtual_alias_recursion_limit"),
        });

        DomainList Domains(string name, DomainMatching matching = DomainMatching.Whole) => DomainList.Parse(settings.List(name), services.Tables, sections, matching);
        AddressUse Uses(string name) => settings.List(name).Aggregate(AddressUse.None, (all, word) => all | word switch
        {
            "envelope_sender" => AddressUse.EnvelopeSender,
            "envelope_recipient" => AddressUse.EnvelopeRecipient,
            "header_sender" => AddressUse.HeaderSender,
            "header_recipient" => AddressUse.HeaderRecipient,
            _ => AddressUse.None,
        });
        IReadOnlyList<ILookupTable> Tables(string name) => [.. settings.List(name).Select(services.Tables.Open)];
    }
}
