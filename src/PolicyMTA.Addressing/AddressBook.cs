using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>The address classes of a generation and their maps. Thread-safe; a broken table throws <see cref="TemporaryFailureException"/>.</summary>
public sealed class AddressBook : IAddressClasses
{
    private const string RelocatedPrefix = "5.1.6 User has moved to ";

    private readonly AddressBookSettings _settings;
    private readonly AddressResolver _resolver;
    private readonly AddressMaps _maps;
    private readonly AliasExpander _expander;

    /// <summary>Makes the address book of a generation.</summary>
    public AddressBook(AddressBookSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _resolver = new AddressResolver(settings);
        _maps = new AddressMaps(settings.RecipientDelimiter, _resolver);
        Rewriting = new AddressRewriting(settings, _resolver, _maps);
        Completing = new AddressRewriting(settings with { Rewriting = new RewritingSettings() }, _resolver, _maps);
        _expander = new AliasExpander(settings, _maps, _resolver);
    }

    /// <summary>The senders of forwarded mail; null: they stay what they are.</summary>
    public ForwardedSenders? ForwardedSenders => _settings.ForwardedSenders;

    /// <summary>What cleanup makes of an address.</summary>
    public AddressRewriting Rewriting { get; }

    /// <summary>The same without maps: an address only gets what it lacks.</summary>
    public AddressRewriting Completing { get; }

    /// <inheritdoc/>
    public async ValueTask<AddressClass> ClassifyAsync(Address address, CancellationToken cancellationToken)
    {
        var resolved = await _resolver.ResolveAsync(address, cancellationToken);
        // Postfix refuses such a destination in reject_unauth_destination whatever its class; here it is nobody's, which has the same effect.
        return resolved.IsRouted && !_settings.AllowUntrustedRouting ? AddressClass.Default : resolved.Class;
    }

    /// <inheritdoc/>
    public async ValueTask<AddressStatus> ValidateAsync(Address address, CancellationToken cancellationToken)
    {
        var resolved = await _resolver.ResolveAsync(address, cancellationToken);
        if (_settings.ForwardedSenders is { } senders && senders.IsOwn(resolved.Address)) return new AddressStatus(senders.Reverse(resolved.Address) is not null, resolved.Class, ForwardedSenders.Table);
        if (await IsMappedAsync(resolved.Address, cancellationToken)) return new AddressStatus(true, resolved.Class);
        if (await FindRelocatedAsync(resolved.Address, cancellationToken) is { } moved) return new AddressStatus(false, resolved.Class) { Relocated = moved };
        return resolved.Class switch
        {
            AddressClass.Local when IsSystemName(resolved.Address.Local) => new AddressStatus(true, AddressClass.Local),
            AddressClass.Local => await ListedAsync(_settings.LocalRecipientMaps, resolved, "local recipient table", cancellationToken),
            AddressClass.VirtualAlias => new AddressStatus(false, AddressClass.VirtualAlias, "virtual alias table"),
            AddressClass.VirtualMailbox => await ListedAsync(_settings.VirtualMailboxMaps, resolved, "virtual mailbox table", cancellationToken),
            AddressClass.Relay => await ListedAsync(_settings.RelayRecipientMaps, resolved, "relay recipient table", cancellationToken),
            _ => new AddressStatus(true, AddressClass.Default),
        };
    }

    /// <summary>
    /// The address that counts and its class, for routing: unlike <see cref="ClassifyAsync"/> it names the class of a domain of ours even
    /// when the local part asks for a further route.
    /// </summary>
    public ValueTask<ResolvedAddress> ResolveAsync(Address address, CancellationToken cancellationToken) => _resolver.ResolveAsync(address, cancellationToken);

    /// <inheritdoc/>
    public Address Complete(Address address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _resolver.Complete(address);
    }

    /// <summary>What some tables have for an address, with the usual keys: whole, without its extension, bare where the domain is ours, its domain; null when nothing.</summary>
    public async ValueTask<string?> FindAsync(IReadOnlyList<ILookupTable> maps, Address address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(maps);
        return maps.Count == 0 ? null : (await _maps.FindAsync(maps, address, cancellationToken))?.Value;
    }

    /// <summary>What a writer to an address of <c>relocated_maps</c> shall hear, its status before it; null when it has not moved.</summary>
    public async ValueTask<string?> FindRelocatedAsync(Address address, CancellationToken cancellationToken) =>
        await FindAsync(_settings.RelocatedMaps, address, cancellationToken) is { } place ? (_settings.PrefixesRelocated ? RelocatedPrefix + place : place) : null;

    /// <summary>Expands <c>virtual_alias_maps</c> recursively (virtual(5)).</summary>
    public ValueTask<AliasExpansion> ExpandAsync(Address recipient, CancellationToken cancellationToken) => _expander.ExpandAsync(recipient, cancellationToken);

    /// <summary>The extension of a local part behind <c>recipient_delimiter</c>, delimiter not included; empty when there is none.</summary>
    public string FindExtension(Address address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var at = AddressExtension.Find(address.Local, _settings.RecipientDelimiter);
        return at < 0 ? "" : address.Local[(at + 1)..];
    }

    // Whatever a table makes another address of is good, as in Postfix's smtpd_check.c: what it becomes is judged at its delivery.
    private async ValueTask<bool> IsMappedAsync(Address address, CancellationToken cancellationToken)
    {
        foreach (var maps in new[] { _settings.Rewriting.RecipientCanonicalMaps, _settings.Rewriting.CanonicalMaps, _settings.VirtualAliasMaps })
        {
            if (maps.Count > 0 && await _maps.FindAsync(maps, address, cancellationToken) is not null) return true;
        }
        return false;
    }

    private async ValueTask<AddressStatus> ListedAsync(
        IReadOnlyList<ILookupTable> maps, ResolvedAddress resolved, string table, CancellationToken cancellationToken)
    {
        var isKnown = maps.Count == 0 || await _maps.FindAsync(maps, resolved.Address, cancellationToken) is not null;
        return new AddressStatus(isKnown, resolved.Class, isKnown ? "" : table);
    }

    // These are delivered or swallowed by the mail system itself, listed or not (Postfix smtpd_check.c).
    private static bool IsSystemName(string local) =>
        local.Equals("postmaster", StringComparison.OrdinalIgnoreCase)
        || local.Equals("mailer-daemon", StringComparison.OrdinalIgnoreCase)
        || local.Equals("double-bounce", StringComparison.OrdinalIgnoreCase);
}
