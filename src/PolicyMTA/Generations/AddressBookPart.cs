using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Makes the address classes of a generation from its parameters.</summary>
internal static class AddressBookPart
{
    /// <summary>Obtains the part; every table that its parameters name is open already.</summary>
    public static GenerationPart<PluginMade<AddressBook>> Obtain(GenerationScope scope) =>
        scope.Obtain("addresses", "", string.Join('\n', scope.Configuration.Tables.Keys.Order(StringComparer.Ordinal).Append(LocalTables.Signature(scope))), null, services => Create(scope, services));

    private static AddressBook Create(GenerationScope scope, PluginServices services)
    {
        var settings = services.Settings;
        var sections = scope.Configuration.Tables.Keys.ToHashSet(StringComparer.Ordinal);
        var aliasDomains = settings.List("virtual_alias_domains");
        return new AddressBook(new AddressBookSettings
        {
            MyOrigin = settings.Text("myorigin"),
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
        IReadOnlyList<ILookupTable> Tables(string name) => [.. settings.List(name).Select(services.Tables.Open)];
    }
}
