using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Listening;

/// <summary>Connections of listeners that speak another protocol (<c>service</c>): each is its plugin's, which leases its generation until the connection ends. Thread-safe.</summary>
internal sealed partial class ServedConnections(ReceivingServices services, ILogger log)
{
    private readonly ConcurrentDictionary<Served, Task> _open = new();

    internal int Count => _open.Count;

    /// <summary>Serves a connection in the background. It owns the lease from here on.</summary>
    internal void Start(ConnectionContext connection, Lease<ReceivingGeneration> lease, ListenerSettings listener, Client client)
    {
        var served = new Served(connection, lease, listener, client);
        var started = new TaskCompletionSource();
        _open[served] = RunAsync(served, started.Task);
        started.SetResult();
        if (!services.Current.IsCurrent(lease.Value)) served.End();
    }

    /// <summary>Those of generations that are no longer in force end after the question in hand: clients of such protocols connect again. Called each second.</summary>
    internal void Move()
    {
        foreach (var served in _open.Keys.Where(served => !services.Current.IsCurrent(served.Lease.Value))) served.End();
    }

    /// <summary>Asks all to end after the question in hand.</summary>
    internal Task DrainAsync()
    {
        foreach (var served in _open.Keys) served.End();
        return Task.WhenAll(_open.Values);
    }

    /// <summary>Closes what did not end.</summary>
    internal Task AbortAsync()
    {
        foreach (var served in _open.Keys) served.Connection.Abort();
        return DrainAsync();
    }

    private async Task RunAsync(Served served, Task started)
    {
        await started.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var hasPlace = services.Load.TryEnter(served.Lease.Value.ConnectionLimit, isTrusted: true);
            if (!served.IsWelcome) Log.Unwelcome(log, served.Listener.Name, served.Client);
            else if (!hasPlace) Log.Busy(log, served.Listener.Name, served.Client);
            else await ServeAsync(served);
        }
        finally
        {
            services.Load.Leave();
            await served.Connection.DisposeAsync();
            await served.Lease.DisposeAsync();
            _open.TryRemove(served, out _);
        }
    }

    private async Task ServeAsync(Served served)
    {
        try
        {
            await served.Listener.ConnectionService!.ServeAsync(served.Connection.Transport, served.Ending.Token);
        }
        catch (Exception lost) when (lost is ConnectionResetException or ConnectionAbortedException or OperationCanceledException)
        {
            Log.Lost(log, served.Listener.Name, served.Client);
        }
        catch (Exception failure)
        {
            // Not the exception: it may be of a plugin's type, and quote what a client sent.
            Log.Failed(log, served.Listener.Name, served.Client, failure is InvalidDataException ? failure.Message : failure.GetType().Name);
        }
    }

    private sealed record Served(ConnectionContext Connection, Lease<ReceivingGeneration> Lease, ListenerSettings Listener, Client Client)
    {
        internal CancellationTokenSource Ending { get; } = new();

        // Tables and policies are nobody else's business. A client without a port came by a unix socket, whose mode says who may.
        internal bool IsWelcome => Client.Port == 0 || Client.IsInMyNetworks;

        internal void End() => _ = Ending.CancelAsync();

        public bool Equals(Served? other) => ReferenceEquals(this, other);
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "listener {Listener}: {Client} is not in mynetworks; closed")]
        public static partial void Unwelcome(ILogger logger, string listener, Client client);

        [LoggerMessage(Level = LogLevel.Warning, Message = "listener {Listener}: too many connections; {Client} closed")]
        public static partial void Busy(ILogger logger, string listener, Client client);

        [LoggerMessage(Level = LogLevel.Debug, Message = "listener {Listener}: the connection of {Client} is over")]
        public static partial void Lost(ILogger logger, string listener, Client client);

        [LoggerMessage(Level = LogLevel.Warning, Message = "listener {Listener}: the connection of {Client} failed: {Reason}")]
        public static partial void Failed(ILogger logger, string listener, Client client, string reason);
    }
}
