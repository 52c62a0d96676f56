namespace PolicyMTA.Queue.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("policymta-queue-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
