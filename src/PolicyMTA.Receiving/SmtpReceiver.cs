using System.Net;
using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>The receiving side: its listeners and their sessions. Lives as long as the process; sessions lease the generation in force.</summary>
public sealed class SmtpReceiver(Current<ReceivingGeneration> current, MessageQueue queue, IDnsResolver dns, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>Where it listens now, by listener name (with the port the system chose for port 0).</summary>
    public IReadOnlyDictionary<string, EndPoint> EndPoints => throw new NotImplementedException();

    /// <summary>Binds what is new, keeps what stays, closes what is gone. Established sessions go on.</summary>
    /// <exception cref="ConfigurationException">An address can't be listened on; what was bound before stays as it was.</exception>
    public ValueTask ApplyAsync(IEnumerable<ListenerSettings> listeners, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Sessions between transactions leave generations that are not in force; the others follow at their next MAIL.</summary>
    public void MoveSessions() => throw new NotImplementedException();

    /// <summary>Stops listening, lets open transactions end for at most <paramref name="patience"/>, answers 421 between commands.</summary>
    public ValueTask DrainAsync(TimeSpan patience, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DrainAsync(TimeSpan.Zero, CancellationToken.None);
}
