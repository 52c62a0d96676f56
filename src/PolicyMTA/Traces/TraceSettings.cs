namespace PolicyMTA.Traces;

/// <summary>Where decision traces are kept, and how many. An immutable value.</summary>
/// <param name="File">The database; null keeps none.</param>
/// <param name="Lifetime">How long one is kept.</param>
/// <param name="Size">How many bytes the database may have.</param>
internal sealed record TraceSettings(string? File, TimeSpan Lifetime, long Size)
{
    /// <summary>Less is hardly one busy minute.</summary>
    public const long LeastSize = 1 << 20;
}
