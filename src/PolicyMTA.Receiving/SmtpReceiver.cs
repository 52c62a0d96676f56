using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Receiving.Listening;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving;

/// <summary>The receiving side: its listeners and their sessions. Lives as long as the process; sessions lease the generation in force.</summary>
public sealed partial class SmtpReceiver : IAsyncDisposable
{
    private const int TicksPerSweep = 60;
    private static readonly TimeSpan ClockInterval = TimeSpan.FromSeconds(1);

    private readonly ReceivingServices _services;
    private readonly ConcurrentDictionary<SmtpSession, Task> _sessions = new();
    // Not the connection's own token: a client may close its half and still wait for its reply.
    private readonly CancellationTokenSource _broken = new();
    private readonly ITimer _clock;
    private readonly string _sessionPrefix;
    private readonly ListenerSet _listeners;
    private readonly ServedConnections _served;
    private long _sessionNumber;
    private int _ticks;
    private readonly Lock _gate = new();
    private Task _closing = Task.CompletedTask; // guarded by the gate: each listener accepts on a loop of its own
    private volatile bool _isDraining;

    /// <summary>Receives into <paramref name="queue"/> once <see cref="ApplyAsync"/> has bound listeners.</summary>
    public SmtpReceiver(Current<ReceivingGeneration> current, MessageQueue queue, IDnsResolver dns, TimeProvider time, ILoggerFactory loggers, InheritedSockets? inherited = null, ISessionNotices? notices = null)
    {
        var log = loggers.CreateLogger("smtpd");
        _services = new ReceivingServices(current, queue, dns, time, log, new FlushRequests(queue, time, log)) { Notices = notices };
        _listeners = new ListenerSet(loggers, inherited ?? InheritedSockets.None, Serve, log);
        _served = new ServedConnections(_services, log);
        _sessionPrefix = time.GetUtcNow().ToUnixTimeSeconds().ToString("x", CultureInfo.InvariantCulture);
        _clock = time.CreateTimer(_ => Tick(), null, ClockInterval, ClockInterval);
    }

    /// <summary>Where it listens now, by listener name (with the port the system chose for port 0).</summary>
    public IReadOnlyDictionary<string, EndPoint> EndPoints => _listeners.Bound.GroupBy(l => l.Name).ToDictionary(l => l.Key, l => l.First().EndPoint);

    /// <summary>Open sessions.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>True while it is every client's turn: what a test waits for before it moves the clock.</summary>
    internal bool IsQuiet => _sessions.Keys.All(s => s.IsWaiting);

    /// <summary>Binds what is new, keeps what stays, closes what is gone. Established sessions go on. One call at a time.</summary>
    /// <exception cref="ConfigurationException">An address can't be listened on; what was bound before stays as it was.</exception>
    public async ValueTask ApplyAsync(IEnumerable<ListenerSettings> listeners, CancellationToken cancellationToken)
    {
        await PrepareAsync(listeners, cancellationToken);
        await SwitchAsync();
    }

    /// <summary>Binds what is new, without accepting anything there: <see cref="SwitchAsync"/> or <see cref="AbandonAsync"/> follows. One call at a time.</summary>
    /// <exception cref="ConfigurationException">An address can't be listened on; what was bound before stays as it was.</exception>
    public ValueTask PrepareAsync(IEnumerable<ListenerSettings> listeners, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listeners);
        return _listeners.PrepareAsync(listeners, cancellationToken);
    }

    /// <summary>Accepts where <see cref="PrepareAsync"/> bound and closes what is gone, once the generation that knows these listeners is in force.</summary>
    public ValueTask SwitchAsync() => _listeners.SwitchAsync();

    /// <summary>Closes what <see cref="PrepareAsync"/> bound in vain.</summary>
    public ValueTask AbandonAsync() => _listeners.AbandonAsync();

    /// <summary>Sessions between transactions leave generations that are not in force; the others follow at their next MAIL.</summary>
    public void MoveSessions()
    {
        foreach (var session in _sessions.Keys) session.Move();
    }

    /// <summary>Stops listening, lets open transactions end for at most <paramref name="patience"/>, answers 421 between commands.</summary>
    public async ValueTask DrainAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        _isDraining = true;
        await _listeners.CloseAsync();
        foreach (var session in _sessions.Keys) session.Drain();
        var open = Task.WhenAll(_sessions.Values.Append(_served.DrainAsync()));
        try
        {
            if (patience > TimeSpan.Zero) await open.WaitAsync(patience, _services.Time, cancellationToken);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            Log.Abandoned(_services.Log, _sessions.Count + _served.Count);
        }
        await _broken.CancelAsync();
        foreach (var session in _sessions.Keys) session.Abort();
        await Task.WhenAll(_sessions.Values.Append(_closing).Append(_served.AbortAsync()));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DrainAsync(TimeSpan.Zero, CancellationToken.None);
        await _services.Flushes.DisposeAsync();
        await _clock.DisposeAsync();
        _broken.Dispose();
    }

    /// <summary>Serves one connection that came by another way than a socket, as the listener would; completes when its session is over. Nothing is limited, and there is no handshake.</summary>
    /// <param name="listener">The listener's name.</param>
    /// <param name="connection">The connection; owned from here on.</param>
    /// <param name="known">What is known of the client.</param>
    /// <exception cref="ConfigurationException">There is no such listener, or it speaks no SMTP.</exception>
    public async Task ServeAsync(string listener, ConnectionContext connection, KnownClient known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var lease = _services.Current.Lease();
        if (!lease.Value.Listeners.TryGetValue(listener, out var settings) || settings.ConnectionService is not null)
        {
            await lease.DisposeAsync();
            throw new ConfigurationException($"there is no listener '{listener}' that speaks SMTP");
        }
        var facts = ConnectionFacts.Of(connection, settings, NextId());
        var client = known.Name is { } name ? facts.Client with { Name = name, ReverseName = known.ReverseName ?? name } : await ClientNames.ResolveAsync(facts.Client, _services.Dns, _services.Time);
        var state = new SessionState(_services, lease, settings, facts with { Client = client, Tls = known.Tls, Sasl = known.Sasl }) { IsKnown = true };
        var session = new SmtpSession(_services, new SmtpConnection(connection, _services.Time), state, _broken.Token);
        await session.RunAsync();
        await session.DisposeAsync();
    }

    private void Tick()
    {
        var now = _services.Time.GetTimestamp();
        foreach (var session in _sessions.Keys) session.Expire(now);
        _served.Move();
        if (++_ticks % TicksPerSweep != 0) return;
        _services.Clients.Sweep(now);
        _services.PassedClients.Sweep(now);
    }

    private void Serve(BoundListener listener, ConnectionContext connection)
    {
        if (Open(listener, connection) is not { } session) return;
        // The task is in the table before it can end, so that it always removes itself.
        var started = new TaskCompletionSource();
        _sessions[session.Session] = RunAsync(session.Session, session.State, started.Task);
        started.SetResult();
        if (_isDraining) session.Session.Drain();
    }

    private (SmtpSession Session, SessionState State)? Open(BoundListener bound, ConnectionContext connection)
    {
        var lease = _services.Current.Lease();
        if (ListenerSet.Find(lease.Value, bound) is not { } listener)
        {
            connection.Abort(); // its listener went away with a reload
            lock (_gate) _closing = Task.WhenAll(_closing, connection.DisposeAsync().AsTask(), lease.DisposeAsync().AsTask());
            return null;
        }
        var facts = ConnectionFacts.Of(connection, listener, NextId());
        if (listener.ConnectionService is not null)
        {
            _served.Start(connection, lease, listener, facts.Client);
            return null;
        }
        var hasPlace = _services.Load.TryEnter(lease.Value.ConnectionLimit, facts.Client.IsInMyNetworks);
        var state = new SessionState(_services, lease, listener, facts);
        if (!hasPlace) state.Denial = SmtpReplies.ServerBusy;
        return (new SmtpSession(_services, new SmtpConnection(connection, _services.Time), state, _broken.Token), state);
    }

    private string NextId() => $"{_sessionPrefix}.{Interlocked.Increment(ref _sessionNumber):x}";

    private async Task RunAsync(SmtpSession session, SessionState state, Task started)
    {
        await started;
        await session.RunAsync();
        try
        {
            await session.DisposeAsync();
        }
        catch (Exception failure)
        {
            Log.CloseFailed(_services.Log, failure, state.Facts.Client.Address);
        }
        _services.Load.Leave();
        _sessions.TryRemove(session, out _);
    }

    internal static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "listener {Listener} failed to accept a connection")]
        internal static partial void AcceptFailed(ILogger logger, Exception exception, string listener);

        [LoggerMessage(Level = LogLevel.Warning, Message = "session of {Client} was not closed cleanly")]
        internal static partial void CloseFailed(ILogger logger, Exception exception, IPAddress client);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} sessions did not end in time and are broken off")]
        internal static partial void Abandoned(ILogger logger, int count);
    }
}
