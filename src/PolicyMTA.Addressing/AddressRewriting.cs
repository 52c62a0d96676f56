using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>
/// What cleanup makes of an address: its domain is completed, then <c>sender_canonical_maps</c> or <c>recipient_canonical_maps</c>, <c>canonical_maps</c>, and
/// <c>masquerade_domains</c>. Thread-safe; a broken table throws <see cref="TemporaryFailureException"/>.
/// </summary>
public sealed class AddressRewriting
{
    // Postfix cleanup_map11.c: entries that name each other.
    private const int NestingLimit = 10;

    private readonly AddressBookSettings _settings;
    private readonly TrivialRewrite _rewrite;
    private readonly AddressResolver _resolver;
    private readonly AddressMaps _maps;

    internal AddressRewriting(AddressBookSettings settings, AddressResolver resolver, AddressMaps maps) =>
        (_settings, _resolver, _maps, _rewrite) = (settings, resolver, maps, new TrivialRewrite(settings));

    private RewritingSettings Rewriting => _settings.Rewriting;

    /// <summary>True when headers of other people's mail are completed too (<c>remote_header_rewrite_domain</c>).</summary>
    public bool RewritesRemoteHeaders => _settings.RemoteHeaderRewriteDomain.Length > 0;

    /// <summary>True when no table and no list maps addresses: those with a domain stay what they are.</summary>
    public bool OnlyCompletes => Rewriting.IsEmpty;

    /// <summary>An address of the envelope. The null sender stays what it is.</summary>
    public ValueTask<Address> RewriteAsync(Address address, AddressUse use, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsNull || _settings.ForwardedSenders?.IsOwn(address) == true) return new(address);
        var whole = _resolver.Complete(_rewrite.Rewrite(address, RewriteContext.Local));
        return Rewriting.IsEmpty ? new(whole) : MapAsync(whole, use, cancellationToken);
    }

    /// <summary>Asks tables once, as the client does with <c>smtp_generic_maps</c>; the address itself when they have nothing.</summary>
    public async ValueTask<Address> MapOnceAsync(IReadOnlyList<ILookupTable> maps, Address address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        return await FindTargetAsync(maps, address, ExtensionUse.Generic, cancellationToken) ?? address;
    }

    /// <summary>An address of a header field, as its tokens stand there.</summary>
    internal async ValueTask<Address> RewriteAsync(IReadOnlyList<AddressToken> tokens, AddressUse use, RewriteContext context, CancellationToken cancellationToken)
    {
        var address = Address.FromInternal(_rewrite.Rewrite(tokens, context));
        return Rewriting.IsEmpty || address.IsNull ? address : await MapAsync(address, use, cancellationToken);
    }

    private async ValueTask<Address> MapAsync(Address address, AddressUse use, CancellationToken cancellationToken)
    {
        if (Rewriting.SenderCanonicalClasses.HasFlag(use) && !use.IsRecipient()) address = await CanonicalAsync(Rewriting.SenderCanonicalMaps, address, cancellationToken);
        if (Rewriting.RecipientCanonicalClasses.HasFlag(use) && use.IsRecipient()) address = await CanonicalAsync(Rewriting.RecipientCanonicalMaps, address, cancellationToken);
        if (Rewriting.CanonicalClasses.HasFlag(use)) address = await CanonicalAsync(Rewriting.CanonicalMaps, address, cancellationToken);
        return Rewriting.MasqueradeClasses.HasFlag(use) ? await MasqueradeAsync(address, cancellationToken) : address;
    }

    private async ValueTask<Address> CanonicalAsync(IReadOnlyList<ILookupTable> maps, Address address, CancellationToken cancellationToken)
    {
        if (maps.Count == 0) return address;
        var current = address;
        for (var turn = 0; turn < NestingLimit; turn++)
        {
            if (await FindTargetAsync(maps, current, ExtensionUse.Canonical, cancellationToken) is not { } next) return current;
            if (next.ToString().Equals(current.ToString(), StringComparison.OrdinalIgnoreCase)) return next;
            current = next;
        }
        throw new TemporaryFailureException($"unreasonable canonical map nesting for {address}");
    }

    private async ValueTask<Address?> FindTargetAsync(IReadOnlyList<ILookupTable> maps, Address address, ExtensionUse use, CancellationToken cancellationToken)
    {
        if (await _maps.FindAsync(maps, address, cancellationToken) is not { } match) return null;
        if (!_settings.PropagatedExtensions.HasFlag(use)) match = match with { UnmatchedExtension = "" };
        return AliasTargets.Read(match, address, _resolver) is [var first, ..] ? first : null;
    }

    private async ValueTask<Address> MasqueradeAsync(Address address, CancellationToken cancellationToken)
    {
        if (address.Domain.Length == 0 || Rewriting.MasqueradeDomains.Count == 0) return address;
        if (await Rewriting.MasqueradeExceptions.ContainsAsync(address.Local, cancellationToken)) return address;
        foreach (var entry in Rewriting.MasqueradeDomains)
        {
            var name = entry.TrimStart('!');
            if (name.Equals(address.Domain, StringComparison.OrdinalIgnoreCase)) return address;
            if (name.Length == 0 || !address.Domain.EndsWith("." + name, StringComparison.OrdinalIgnoreCase)) continue;
            return (entry.Length - name.Length) % 2 == 1 ? address : address with { Domain = name.ToLowerInvariant() };
        }
        return address;
    }
}
