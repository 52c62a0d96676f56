using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

internal static class TableAnswers
{
    /// <summary>The value, null for none; a failure is thrown, since an address that may be ours must not pass for somebody else's.</summary>
    internal static async ValueTask<string?> RequireAsync(this ILookupTable table, string key, CancellationToken cancellationToken)
    {
        var result = await table.FindAsync(key, cancellationToken);
        return result.Failure is { } failure ? throw new TemporaryFailureException(failure) : result.Value;
    }
}
