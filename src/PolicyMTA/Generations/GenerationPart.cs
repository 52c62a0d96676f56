using PolicyMTA.Leases;

namespace PolicyMTA.Generations;

/// <summary>A generation's lease of one of its parts, keyed by what the part was made of.</summary>
/// <param name="Kind">What it is: <c>plugin</c>, <c>table</c>, <c>policies</c>.</param>
/// <param name="Name">Its name among its kind.</param>
/// <param name="Hash">The hash of everything it was made of.</param>
internal abstract record GenerationPart(string Kind, string Name, string Hash) : IAsyncDisposable
{
    /// <summary>One more lease of the same part, for another generation.</summary>
    public abstract GenerationPart Share();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>The same with its value.</summary>
internal sealed record GenerationPart<T>(string Kind, string Name, string Hash, Lease<T> Lease) : GenerationPart(Kind, Name, Hash) where T : class
{
    /// <summary>The part.</summary>
    public T Value => Lease.Value;

    /// <inheritdoc/>
    public override GenerationPart<T> Share() => this with { Lease = Lease.Share() };

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => Lease.DisposeAsync();
}
