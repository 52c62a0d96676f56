using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Control;
using PolicyMTA.Logging;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands;

/// <summary>A server from its start until a signal ends it.</summary>
internal sealed partial class ServerRun(MailConfiguration configuration, TimeProvider time)
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(10);

    /// <summary>Runs it and gives the exit code.</summary>
    /// <param name="welcome">What to print once it answers; null: nothing.</param>
    /// <param name="cancellationToken">Ends it like a first signal.</param>
    public async Task<int> RunAsync(Func<MailServer, string>? welcome, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals(cancellationToken);
        if (OpenLog() is not { } opened) return ExitCode.Failed;
        await using var log = opened;
        try
        {
            return await RunAsync(log, welcome, signals);
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            // A signal while it started: everything was let go already.
            return ExitCode.Good;
        }
    }

    private MailLog? OpenLog()
    {
        try
        {
            return MailLog.Open(configuration.Logging, configuration.Parameters.Text("syslog_name"), configuration.Parameters.Text("syslog_facility"), Console.OpenStandardOutput(), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{configuration.File}: the log can't be opened: {e.Message}");
            return null;
        }
    }

    private async Task<int> RunAsync(MailLog log, Func<MailServer, string>? welcome, StopSignals signals)
    {
        var logger = log.CreateLogger("policymta");
        var result = await MailServer.StartAsync(configuration, new MailServerOptions { Logging = log, Time = time, Sockets = TakeSockets() }, signals.Stop);
        if (result.Server is not { } server)
        {
            foreach (var error in result.Errors)
            {
                await Console.Error.WriteLineAsync(error.ToString());
                Log.NotStarted(logger, error.ToString());
            }
            return ExitCode.Failed;
        }
        await using (server)
        {
            return await ServeAsync(server, log, logger, welcome, signals);
        }
    }

    /// <summary>Once: the programs we start must not take our sockets for theirs (sd_listen_fds(3)).</summary>
    private static InheritedSockets TakeSockets()
    {
        var sockets = InheritedSockets.Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
        foreach (var name in (string[])["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) Environment.SetEnvironmentVariable(name, null);
        return sockets;
    }

    private async Task<int> ServeAsync(MailServer server, MailLog log, ILogger logger, Func<MailServer, string>? welcome, StopSignals signals)
    {
        try
        {
            await using var control = await ControlServer.StartAsync(configuration.Control.Socket, server, () => log.Dropped, log, signals.Stop);
            Log.Started(logger, server.Hash, string.Join(", ", server.Endpoints.Select(endpoint => $"{endpoint.Name} {endpoint.Address}")));
            if (welcome is not null)
            {
                Console.Write(welcome(server));
                Console.Out.Flush();
            }
            await signals.WaitAsync();
            Log.Stopping(logger, signals.Reason);
            await server.StopAsync(Drain, CancellationToken.None);
            Log.Stopped(logger);
            return ExitCode.Good;
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            Log.NotStarted(logger, e.Message);
            await server.StopAsync(TimeSpan.Zero, CancellationToken.None);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            await server.StopAsync(TimeSpan.Zero, CancellationToken.None);
            return ExitCode.Good;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "started with generation {Generation}: {Listeners}")]
        public static partial void Started(ILogger logger, string generation, string listeners);
        [LoggerMessage(Level = LogLevel.Critical, Message = "not started: {Reason}")]
        public static partial void NotStarted(ILogger logger, string reason);
        [LoggerMessage(Level = LogLevel.Information, Message = "stopping on {Reason}: open transactions and deliveries may end")]
        public static partial void Stopping(ILogger logger, string reason);
        [LoggerMessage(Level = LogLevel.Information, Message = "stopped")]
        public static partial void Stopped(ILogger logger);
    }
}
