using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>The variables of the server's environment (<c>environ:</c>). Keys are folded as in Postfix, so only names in lower case are found by its rules.</summary>
internal sealed class EnvironmentTable : ILookupTable
{
    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        ValueTask.FromResult(!key.Contains('\0', StringComparison.Ordinal) && key.Length > 0 && Environment.GetEnvironmentVariable(key) is { } value ? LookupResult.Found(value) : LookupResult.None);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
