using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>Whose mail is ours to complete (<c>local_header_rewrite_clients</c>). Immutable and thread-safe.</summary>
public sealed class RewriteClients
{
    private static readonly string[] Known = ["permit_inet_interfaces", "permit_mynetworks", "permit_sasl_authenticated", "permit_tls_all_clientcerts"];

    private readonly HashSet<string> _words;
    private readonly IReadOnlyList<ILookupTable> _tables;
    private readonly IReadOnlyCollection<IPAddress> _ownAddresses;

    private RewriteClients(IEnumerable<string> words, IReadOnlyList<ILookupTable> tables, IReadOnlyCollection<IPAddress> ownAddresses) =>
        (_words, _tables, _ownAddresses) = ([.. words], tables, ownAddresses);

    /// <summary>Nobody.</summary>
    public static RewriteClients None { get; } = new([], [], []);

    /// <summary>The mistake in a list; null when it has none.</summary>
    public static string? FindMistake(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words.FirstOrDefault(word => word != "check_address_map" && !Known.Contains(word) && !word.Contains(':', StringComparison.Ordinal)) is { } wrong
            ? $"'{wrong}' is none of {string.Join(", ", Known)}, check_address_map type:table"
            : null;
    }

    /// <summary>Reads the list.</summary>
    /// <param name="words">Its words, without a mistake.</param>
    /// <param name="tables">Opens the tables among them.</param>
    /// <param name="ownAddresses">What <c>permit_inet_interfaces</c> means.</param>
    public static RewriteClients Parse(IReadOnlyList<string> words, ILookupTables tables, IReadOnlyCollection<IPAddress> ownAddresses)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(tables);
        return new RewriteClients(words.Where(Known.Contains), [.. words.Where(word => word.Contains(':', StringComparison.Ordinal)).Select(tables.Open)], ownAddresses);
    }

    /// <summary>Whether a client is among them.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    public async ValueTask<bool> ContainsAsync(SessionFacts session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (_words.Contains("permit_sasl_authenticated") && session.Sasl is not null) return true;
        if (_words.Contains("permit_mynetworks") && session.Client.IsInMyNetworks) return true;
        if (_words.Contains("permit_tls_all_clientcerts") && session.Tls?.Certificate is { IsVerified: true }) return true;
        if (_words.Contains("permit_inet_interfaces") && _ownAddresses.Contains(session.Client.Address)) return true;
        foreach (var table in _tables)
        {
            var result = await table.FindAsync(session.Client.Address.ToString(), cancellationToken);
            if (result.Failure is { } failure) throw new TemporaryFailureException($"local_header_rewrite_clients: {failure}");
            if (result.IsFound) return true;
        }
        return false;
    }
}
