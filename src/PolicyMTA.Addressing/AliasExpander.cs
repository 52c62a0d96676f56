using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>Expands virtual aliases as Postfix's cleanup does (virtual(5)).</summary>
internal sealed class AliasExpander(AddressBookSettings settings, AddressMaps maps, AddressResolver resolver)
{
    internal async ValueTask<AliasExpansion> ExpandAsync(Address recipient, CancellationToken cancellationToken)
    {
        var addresses = new List<Address> { resolver.Rewrite(recipient) };
        if (settings.VirtualAliasMaps.Count == 0) return new AliasExpansion.Expanded(addresses);
        // An address may expand into itself once, and is then final: PostfixAdmin has such a row for every mailbox.
        var final = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < addresses.Count; index++)
        {
            var depth = 0;
            while (!final.Contains(addresses[index].ToString()))
            {
                if (addresses.Count > settings.VirtualAliasExpansionLimit) return TooMuch(recipient, "expands to more addresses than virtual_alias_expansion_limit");
                if (depth++ >= settings.VirtualAliasRecursionLimit) return TooMuch(recipient, "expands deeper than virtual_alias_recursion_limit");
                if (addresses[index].ToString().Length > settings.VirtualAliasAddressLengthLimit) return TooMuch(recipient, "expands to an address longer than virtual_alias_address_length_limit");
                if (!await ReplaceAsync(addresses, index, final, cancellationToken)) break;
            }
        }
        if (addresses.Count > settings.VirtualAliasExpansionLimit) return TooMuch(recipient, "expands to more addresses than virtual_alias_expansion_limit");
        return new AliasExpansion.Expanded([.. addresses.DistinctBy(address => address.ToString(), StringComparer.OrdinalIgnoreCase)]);
    }

    /// <summary>Puts what the tables have for an address in its place and at the end; false when they have nothing.</summary>
    private async ValueTask<bool> ReplaceAsync(List<Address> addresses, int index, HashSet<string> final, CancellationToken cancellationToken)
    {
        var alias = addresses[index];
        if (await maps.FindAsync(settings.VirtualAliasMaps, alias, cancellationToken) is not { } match) return false;
        if (!settings.PropagatedExtensions.HasFlag(ExtensionUse.Virtual)) match = match with { UnmatchedExtension = "" };
        var targets = AliasTargets.Read(match, alias, resolver);
        if (targets.Count == 0) return false;
        addresses[index] = targets[0];
        addresses.AddRange(targets.Skip(1));
        var name = alias.ToString();
        if (targets.Any(target => target.ToString().Equals(name, StringComparison.OrdinalIgnoreCase))) final.Add(name);
        return true;
    }

    private static AliasExpansion.TooMuch TooMuch(Address recipient, string why) => new($"{recipient} {why}");
}
