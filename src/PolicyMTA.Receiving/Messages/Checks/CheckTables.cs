using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>Tables of checks, asked one after the other.</summary>
internal static class CheckTables
{
    /// <summary>What the first table that knows the text has for it; null when none does.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    internal static async ValueTask<string?> FindAsync(IReadOnlyList<ILookupTable> tables, string text, TimeProvider time, CancellationToken cancellationToken)
    {
        if (text.Length == 0) return null;
        foreach (var table in tables)
        {
            var result = await PluginCall.WithinAsync(table.FindFoldedAsync(text, cancellationToken), time, cancellationToken);
            if (result.Failure is { } failure) throw new TemporaryFailureException(failure);
            if (result.Value is { } value) return value;
        }
        return null;
    }
}
