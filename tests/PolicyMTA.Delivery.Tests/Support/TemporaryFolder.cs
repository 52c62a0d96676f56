namespace PolicyMTA.Delivery.Tests.Support;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("policymta-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
