using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Client;

/// <summary><c>check_ccert_access</c>: an access table asked for the fingerprints of the client's certificate and its key, in the order of <c>search_order</c>.</summary>
internal sealed class CertificateAccess : IRestriction<ClientContext>
{
    /// <summary>What policies pass.</summary>
    public const string Parameters = $"{AccessTable.Parameters}, options?: {{ {Order}?: string | string[] }}";

    private const string Order = "search_order";
    private static readonly Func<ClientCertificate, string>[] Usual = [Certificate, PublicKey];
    private readonly AccessTable _table;
    private readonly IReadOnlyList<Func<ClientCertificate, string>> _order;

    public CertificateAccess(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(1, Order);
        _order = arguments.Options.TryGetValue(Order, out var given) ? [.. Words(given).Select(word => Key(word, arguments.Name))] : Usual;
        if (_order.Count == 0) throw new ConfigurationException($"{arguments.Name}: {Order} names nothing");
        _table = new AccessTable(arguments with { Options = new Dictionary<string, object?>() }, services, RefusedItem.ClientCertificate);
    }

    public async ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken)
    {
        if (context.Tls?.Certificate is not { } certificate) return Verdict.Dunno;
        foreach (var key in _order)
        {
            // One call each: a pattern table is asked the first key of a call alone. Here DUNNO goes on, as in smtpd(8).
            if (await _table.FindAsync([key(certificate)], cancellationToken) is { } verdict and not Verdict.DunnoVerdict) return verdict;
        }
        return Verdict.Dunno;
    }

    private static string Certificate(ClientCertificate certificate) => certificate.Fingerprint;

    private static string PublicKey(ClientCertificate certificate) => certificate.PublicKeyFingerprint;

    private static IEnumerable<string> Words(object? given) => given switch
    {
        string text => text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries),
        IEnumerable<object?> list => list.Select(word => word as string ?? ""),
        _ => [""],
    };

    private static Func<ClientCertificate, string> Key(string word, string restriction) => word switch
    {
        "cert_fingerprint" => Certificate,
        "pubkey_fingerprint" => PublicKey,
        _ => throw new ConfigurationException($"{restriction}: {Order} is of cert_fingerprint and pubkey_fingerprint, not '{word}'"),
    };
}
