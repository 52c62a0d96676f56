using System.Net;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>Finds the destination of an address and its class, as Postfix's trivial-rewrite resolves it.</summary>
internal sealed class AddressResolver(AddressBookSettings settings)
{
    // Each turn takes one operator away; an address can't hold more of them than this (RFC 5321 §4.5.3.1.1 allows 64 octets).
    private const int MaximumTurns = 64;

    private readonly TrivialRewrite _rewrite = new(settings);
    private readonly DomainList _aliasDomains = settings.VirtualAliasDomains ?? DomainList.Of(settings.VirtualAliasMaps);

    internal async ValueTask<ResolvedAddress> ResolveAsync(Address address, CancellationToken cancellationToken)
    {
        if (settings.ForwardedSenders is { } senders && senders.IsOwn(address))
        {
            var ours = await ClassifyAsync(address.Domain, cancellationToken);
            return new ResolvedAddress(address, ours == AddressClass.Default ? AddressClass.VirtualAlias : ours, IsRouted: false);
        }
        var current = address;
        for (var turn = 0; turn < MaximumTurns; turn++)
        {
            var isOurs = current.Domain.Length == 0 || await IsLocalAsync(current.Domain, cancellationToken);
            if (!isOurs || TakeRoute(current.Local) is not { } next) break;
            current = next;
        }
        current = Complete(current);
        if (current.Domain.EndsWith('.')) current = current with { Domain = current.Domain[..^1] };
        var found = await ClassifyAsync(current.Domain, cancellationToken);
        return new ResolvedAddress(current, found, found != AddressClass.Default && TakeRoute(current.Local) is not null);
    }

    /// <summary>Gives a bare local part its domain, the one it names by an operator, else <c>myorigin</c>; and an internationalized domain its ASCII form.</summary>
    internal Address Complete(Address address)
    {
        if (address.IsNull) return address;
        var whole = _rewrite.Complete(address);
        return Ascii.IsValid(whole.Domain) ? whole : whole with { Domain = InternationalDomain.ToAscii(whole.Domain) };
    }

    /// <summary>The same, and without the dot behind an absolute name: an address as cleanup keeps it. A sender of ours of forwarded mail becomes whom it stands for.</summary>
    internal Address Rewrite(Address address) => settings.ForwardedSenders is { } senders && senders.IsOwn(address) ? senders.Reverse(address) ?? address : Complete(_rewrite.Rewrite(address, RewriteContext.Local));

    /// <summary>Whether bare local parts are keys for addresses of this domain: <c>myorigin</c>, <c>mydestination</c>, our own addresses.</summary>
    internal async ValueTask<bool> HasBareKeysAsync(string domain, CancellationToken cancellationToken) =>
        domain.Equals(settings.MyOrigin, StringComparison.OrdinalIgnoreCase) || await IsLocalAsync(domain, cancellationToken);

    private async ValueTask<AddressClass> ClassifyAsync(string domain, CancellationToken cancellationToken)
    {
        if (domain.Length == 0) return AddressClass.Default;
        if (await IsLocalAsync(domain, cancellationToken)) return AddressClass.Local;
        if (await _aliasDomains.ContainsAsync(domain, cancellationToken)) return AddressClass.VirtualAlias;
        if (await settings.VirtualMailboxDomains.ContainsAsync(domain, cancellationToken)) return AddressClass.VirtualMailbox;
        return await settings.RelayDomains.ContainsAsync(domain, cancellationToken) ? AddressClass.Relay : AddressClass.Default;
    }

    private async ValueTask<bool> IsLocalAsync(string domain, CancellationToken cancellationToken)
    {
        var name = domain.EndsWith('.') ? domain[..^1] : domain;
        if (await settings.MyDestination.ContainsAsync(name, cancellationToken)) return true;
        return ReadLiteral(name) is { } address && settings.OwnAddresses.Contains(address);
    }

    private static IPAddress? ReadLiteral(string domain)
    {
        if (domain.Length < 3 || domain[0] != '[' || domain[^1] != ']') return null;
        var text = domain[1..^1];
        if (text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) text = text[5..];
        return IPAddress.TryParse(text, out var address) ? address : null;
    }

    /// <summary>The address that a local part names by itself; null when it names none.</summary>
    private Address? TakeRoute(string local)
    {
        if (!settings.ResolvesDequoted && TrivialRewrite.NeedsQuotes(local)) return null;
        var at = local.LastIndexOf('@');
        if (at >= 0) return new Address(local[..at], local[(at + 1)..]);
        var bang = settings.SwapBangpath ? local.IndexOf('!', StringComparison.Ordinal) : -1;
        if (bang >= 0) return new Address(local[(bang + 1)..], local[..bang]);
        var percent = settings.PercentHack ? local.LastIndexOf('%') : -1;
        return percent >= 0 ? new Address(local[..percent], local[(percent + 1)..]) : null;
    }
}
