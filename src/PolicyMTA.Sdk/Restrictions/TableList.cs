namespace PolicyMTA.Sdk;

/// <summary>The tables of a parameter such as <c>smtpd_sender_login_maps</c>, asked one after the other. Thread-safe.</summary>
public sealed class TableList
{
    private readonly IReadOnlyList<(string Name, ILookupTable Table)> _tables;

    /// <summary>Opens the tables that a parameter lists.</summary>
    /// <exception cref="ConfigurationException">There is no such table.</exception>
    public TableList(IPluginServices services, string setting)
    {
        ArgumentNullException.ThrowIfNull(services);
        _tables = [.. services.Settings.List(setting).Select(name => (name, services.Tables.Open(name)))];
    }

    /// <summary>True when the parameter lists none.</summary>
    public bool IsEmpty => _tables.Count == 0;

    /// <summary>
    /// The value of the first key that a table holds; each key is asked of all tables before the next. Null when there is none. Pattern tables are asked the first key alone.
    /// </summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    public async ValueTask<string?> FindAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var isPart = false;
        foreach (var key in keys)
        {
            foreach (var (name, table) in _tables)
            {
                if (isPart && !table.AcceptsPartialKeys) continue;
                var result = await table.FindFoldedAsync(key, cancellationToken);
                if (result.IsFailure) throw new TemporaryFailureException($"table {name}: {result.Failure}");
                if (result.IsFound) return result.Value;
            }
            isPart = true;
        }
        return null;
    }
}
