using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>A table behind a socketmap or tcp server. It is asked whole keys only, as in Postfix.</summary>
internal sealed class WireTable(string name, IWireExchange exchange, WireClient client) : ILookupTable
{
    /// <inheritdoc/>
    public bool AcceptsPartialKeys => false;

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (key.Length == 0) return LookupResult.None;
        if (exchange.Ask(key) is not { } question) return LookupResult.Failed($"{name}: the key is longer than the protocol allows");
        var result = await client.AskAsync(question, exchange, cancellationToken);
        return result.Failure is { } failure ? LookupResult.Failed($"{name}: {failure}") : result;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
