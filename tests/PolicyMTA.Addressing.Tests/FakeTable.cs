using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

/// <summary>A table in memory that notes the keys it was asked.</summary>
internal sealed class FakeTable : ILookupTable
{
    private readonly Dictionary<string, string> _values = [];

    public FakeTable(params (string Key, string Value)[] entries)
    {
        foreach (var (key, value) in entries) _values.Add(key, value);
    }

    public List<string> Asked { get; } = [];
    public string? Failure { get; set; }
    public bool AcceptsPartialKeys { get; init; } = true;
    public bool FoldsKeys { get; init; } = true;

    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        Asked.Add(key);
        return ValueTask.FromResult(Failure is not null ? LookupResult.Failed(Failure)
            : _values.TryGetValue(key, out var value) ? LookupResult.Found(value)
            : LookupResult.None);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
