using System.IO.Pipelines;

namespace PolicyMTA.Sdk;

/// <summary>A server of another protocol on a listener of its own: policy delegation, socketmap.</summary>
public interface IConnectionService : IAsyncDisposable
{
    /// <summary>
    /// Serves one connection until the client closes it or the token ends. Called at once for every connection. The caller owns the pipe.
    /// An exception closes the connection and is logged.
    /// </summary>
    ValueTask ServeAsync(IDuplexPipe connection, CancellationToken cancellationToken);
}
