namespace PolicyMTA.Sdk;

/// <summary>Where the queue lives. Chosen at start, lives as long as the process. The scheduler above it alone decides when; the store remembers.</summary>
/// <remarks>Writes come from one caller at a time, reads from any. Times are the wall clock's.</remarks>
public interface IQueueStore : IAsyncDisposable
{
}
