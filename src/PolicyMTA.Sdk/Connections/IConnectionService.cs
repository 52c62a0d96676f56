using System.IO.Pipelines;

namespace PolicyMTA.Sdk;

/// <summary>A server of another protocol on a listener of its own: policy delegation, socketmap.</summary>
public interface IConnectionService : IAsyncDisposable
{
    /// <summary>
    /// Serves one connection until the client closes it. Called at once for every connection, on the pool. The caller owns the pipe and closes it afterwards.
    /// When the token ends (the generation was replaced, the server stops) no further question is to be read; the one in hand may be answered.
    /// An exception closes the connection and is logged. Who may connect is decided before: a unix socket's mode, else <c>mynetworks</c>.
    /// </summary>
    ValueTask ServeAsync(IDuplexPipe connection, CancellationToken cancellationToken);
}
