namespace PolicyMTA.Leases;

/// <summary>Makes leases of values that are shared between generations.</summary>
public static class Part
{
    /// <summary>The first lease of a value; the last one to end calls <paramref name="dispose"/>.</summary>
    public static Lease<T> Lease<T>(T value, Func<T, ValueTask> dispose) where T : class => new(new LeasedPart<T>(value, dispose));
}
