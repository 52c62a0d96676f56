using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

internal sealed class FakeTables : ILookupTables
{
    public Dictionary<string, ILookupTable> Tables { get; } = [];

    public ILookupTable Open(string specification) =>
        Tables.TryGetValue(specification, out var table) ? table : throw new ConfigurationException($"no table {specification}");
}
