using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

internal sealed class FakeAccounts : Dictionary<string, string>, ILookupTable
{
    public string? Failure { get; set; }

    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult(
        Failure is not null ? LookupResult.Failed(Failure) : TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
