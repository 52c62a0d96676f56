using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Routing;

/// <summary>Asks a table by sender: <c>user@domain</c>, then without the extension, then <c>@domain</c>; reports are <c>&lt;&gt;</c>.</summary>
internal static class SenderMap
{
    /// <summary>The entry; null when there is none, and where it says <c>DUNNO</c>.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    public static async ValueTask<string?> FindAsync(IReadOnlyList<ILookupTable> tables, string name, Address sender, string nullKey, string delimiter, CancellationToken cancellationToken)
    {
        if (tables.Count == 0) return null;
        foreach (var (key, isWhole) in Keys(sender, nullKey, delimiter))
        {
            foreach (var table in tables)
            {
                if (!isWhole && !table.AcceptsPartialKeys) continue;
                var result = await table.FindFoldedAsync(key, cancellationToken);
                if (result.IsFailure) throw new TemporaryFailureException($"{name}: {result.Failure}");
                if (result.IsFound) return "DUNNO".Equals(result.Value, StringComparison.OrdinalIgnoreCase) ? null : result.Value;
            }
        }
        return null;
    }

    private static IEnumerable<(string Key, bool IsWhole)> Keys(Address sender, string nullKey, string delimiter)
    {
        yield return (sender.IsNull ? nullKey : sender.ToString(), true);
        if (TransportMap.WithoutExtension(sender, delimiter) is { } plain) yield return (plain.ToString(), false);
        if (sender.Domain.Length > 0) yield return ("@" + sender.Domain, false);
    }
}
