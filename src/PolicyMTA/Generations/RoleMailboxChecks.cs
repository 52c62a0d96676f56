using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>
/// Warns of domains whose postmaster or abuse leads nowhere (RFC 5321 §4.5.1, RFC 2142 §2): those that the configuration names, in its lists of domains or as its own.
/// A table can't be asked what it holds.
/// </summary>
internal static class RoleMailboxChecks
{
    private static readonly string[] Roles = ["postmaster", "abuse"];
    private static readonly string[] Lists = ["mydestination", "virtual_mailbox_domains", "virtual_alias_domains"];
    private static readonly string[] Own = ["myorigin", "mydomain", "myhostname"];

    /// <summary>A warning for each, at its place.</summary>
    public static async ValueTask<IReadOnlyList<ConfigurationError>> FindAsync(Generation generation, CancellationToken cancellationToken)
    {
        var found = new List<ConfigurationError>();
        var domains = Lists.SelectMany(list => generation.Parameters.List(list).Where(IsName).Select(domain => (Domain: domain, Parameter: list)))
            .Concat(Own.Select(own => (Domain: generation.Parameters.Text(own), Parameter: own)).Where(own => IsName(own.Domain)));
        foreach (var (domain, parameter) in domains.DistinctBy(one => one.Domain, StringComparer.OrdinalIgnoreCase))
        {
            foreach (var role in Roles) await WarnAsync(generation, parameter, new Address(role, domain.ToLowerInvariant()), found, cancellationToken);
        }
        return found;
    }

    private static async ValueTask WarnAsync(Generation generation, string parameter, Address role, List<ConfigurationError> found, CancellationToken cancellationToken)
    {
        try
        {
            if (await generation.Book.ExpandAsync(role, cancellationToken) is not AliasExpansion.Expanded expanded)
            {
                found.Add(At(generation, parameter, $"mail to {role} would come back: its alias never ends"));
                return;
            }
            foreach (var address in expanded.Addresses)
            {
                if (await ArrivesAsync(generation, address, cancellationToken)) continue;
                var by = address.Equals(role) ? "" : $", by way of <{address}>";
                found.Add(At(generation, parameter, $"mail to {role} would come back{by}: give it a mailbox, or an alias in virtual_alias_maps"));
                return;
            }
        }
        catch (TemporaryFailureException)
        {
            // A table that can't be asked now has told so itself.
        }
    }

    private static ConfigurationError At(Generation generation, string parameter, string message)
    {
        var position = generation.Parameters.PositionOf(parameter);
        return new ConfigurationError(generation.Configuration.File, position.Line, position.Column, message);
    }

    // Where mailboxes are looked up, a name that is merely taken is not enough.
    private static async ValueTask<bool> ArrivesAsync(Generation generation, Address address, CancellationToken cancellationToken)
    {
        var (resolved, addressClass, _) = await generation.Book.ResolveAsync(address, cancellationToken);
        var transport = addressClass switch
        {
            AddressClass.Local => generation.Parameters.Text("local_transport"),
            AddressClass.VirtualMailbox => generation.Parameters.Text("virtual_transport"),
            AddressClass.VirtualAlias => "error",
            _ => null,
        };
        if (transport is null) return true;
        return transport.Split(':')[0].Trim() switch
        {
            "error" => false,
            "maildir" or "virtual" => await HasMailboxAsync(generation, resolved, cancellationToken),
            _ => (await generation.Book.ValidateAsync(address, cancellationToken)).IsKnown,
        };
    }

    private static async ValueTask<bool> HasMailboxAsync(Generation generation, Address address, CancellationToken cancellationToken)
    {
        var tables = generation.Parameters.List("virtual_mailbox_maps").Select(generation.Tables.Open).ToList();
        var result = await MailboxLookup.FindAsync(tables, address, generation.Parameters.Text("recipient_delimiter"), cancellationToken);
        return result.IsFailure ? throw new TemporaryFailureException(result.Failure!) : result.IsFound;
    }

    // Nobody outside writes to localhost.
    private static bool IsName(string element) => element.Length > 0 && !element.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) && element[0] is not ('!' or '.' or '[') && !element.AsSpan().ContainsAny("/:") && element.Contains('.', StringComparison.Ordinal);
}
