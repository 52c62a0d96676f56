namespace PolicyMTA.Sdk;

/// <summary>An access(5) table at work for one restriction. Thread-safe.</summary>
public sealed class AccessTable
{
    /// <summary>What policies pass to a restriction with such a table alone, for <see cref="IPluginRegistry.AddRestriction"/>.</summary>
    public const string Parameters = "table: string";
    /// <summary>The parameters that access tables read: declare them with <see cref="Declare"/>.</summary>
    private const string Parents = "parent_domain_matches_subdomains";
    private const int ConfigurationError = 451;
    private readonly ILookupTable _table;
    private readonly string _specification;
    private readonly RefusedItem _item;
    private readonly int _rejectCode;
    private readonly int _deferCode;

    /// <summary>Opens the table that the restriction's only argument names.</summary>
    /// <exception cref="ConfigurationException">There is no such table, or an argument too many.</exception>
    public AccessTable(RestrictionArguments arguments, IPluginServices services, RefusedItem item)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(services);
        arguments.Allow(1);
        _specification = arguments.Text(0, "the table");
        _table = services.Tables.Open(_specification);
        _item = item;
        _rejectCode = ReplyCode.From(services.Settings, "access_map_reject_code");
        _deferCode = ReplyCode.From(services.Settings, "access_map_defer_code");
        Delimiters = services.Settings.Text("recipient_delimiter");
        ParentsMatch = services.Settings.List(Parents).Contains("smtpd_access_maps");
    }

    /// <summary><c>recipient_delimiter</c>.</summary>
    public string Delimiters { get; }

    /// <summary>Whether a parent domain's entry matches its subdomains.</summary>
    public bool ParentsMatch { get; }

    /// <summary>Declares the parameters that access tables read.</summary>
    public static void Declare(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddSetting("access_map_reject_code", "554");
        registry.AddSetting("access_map_defer_code", "450");
        registry.AddSetting("recipient_delimiter", "");
        registry.AddSetting(Parents, "debug_peer_list fast_flush_domains mynetworks permit_mx_backup_networks qmqpd_authorized_clients relay_domains smtpd_access_maps");
    }

    /// <summary>
    /// As <see cref="FindAsync"/>, for keys that whoever runs the client's DNS chooses: there OK is an error of the table, or they could let themselves in.
    /// </summary>
    public async ValueTask<Verdict?> FindUntrustedAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var verdict = await FindAsync(keys, cancellationToken);
        if (verdict is Verdict.Apply apply) return apply with { InsteadOfPermit = NoPermit };
        return verdict is not null && Permits(verdict) ? NoPermit : verdict;
    }

    private Verdict.Refuse NoPermit => Refusals.Of(ConfigurationError, "4.3.5", "Server configuration error", frame: ReplyFrame.None) with
    {
        Cause = $"table {_specification} says OK to what the client's DNS says; that is not allowed: say DUNNO for an exception",
    };

    private static bool Permits(Verdict verdict) => verdict is Verdict.PermitVerdict || (verdict is Verdict.Several several && several.Verdicts.Any(Permits));

    /// <summary>
    /// The verdict of the first key that is there; null when none is. A pattern table is asked the first key alone. As in smtpd(8), a table that could not say
    /// refuses for now: <c>451 4.3.5 Server configuration error</c>.
    /// </summary>
    public async ValueTask<Verdict?> FindAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys)
        {
            var result = await _table.FindFoldedAsync(key, cancellationToken);
            if (result.IsFailure) return Refusals.Of(ConfigurationError, "4.3.5", "Server configuration error", _item) with { Cause = $"table {_specification}: {result.Failure}" };
            if (result.Value is { } action) return AccessAction.Parse(action, _rejectCode, _deferCode, _item);
            if (!_table.AcceptsPartialKeys) break;
        }
        return null;
    }
}
