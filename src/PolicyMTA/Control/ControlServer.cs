using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolicyMTA.Composition;

namespace PolicyMTA.Control;

/// <summary>HTTP on a unix socket: how <c>policymta</c>'s other commands, and later the web pages, reach the server.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly WebApplication _application;

    private ControlServer(WebApplication application) => _application = application;

    /// <summary>Listens and answers for a server.</summary>
    /// <exception cref="Sdk.ConfigurationException">The socket can't be made.</exception>
    public static async Task<ControlServer> StartAsync(string socket, MailServer server, Func<long> droppedLogLines, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        await ControlSocket.PrepareAsync(socket, cancellationToken);
        // Empty: no files of settings, no signals, no log of its own; all of that is the program's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "policymta" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Limit(options, socket));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(logging);
        builder.Services.AddSingleton<IHostLifetime, ForeignLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Patience);
        var application = builder.Build();
        new GenerationEndpoints(server).Map(application);
        new QueueEndpoints(server).Map(application);
        new QueueReportEndpoints(server).Map(application);
        new TraceEndpoints(server).Map(application);
        new RecordEndpoint(server).Map(application);
        new StatusEndpoints(server, droppedLogLines).Map(application);
        await application.StartAsync(cancellationToken);
        ControlSocket.Protect(socket);
        return new ControlServer(application);
    }

    private static void Limit(KestrelServerOptions options, string socket)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = 64;
        options.Limits.MaxRequestBodySize = 1 << 20;
        options.ListenUnixSocket(socket);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    /// <summary>The program says when it starts and ends, not the host.</summary>
    private sealed class ForeignLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
