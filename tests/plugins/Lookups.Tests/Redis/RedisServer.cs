using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Lookups.Tests.Redis;

/// <summary>A real redis-server in a folder of its own; it may be killed and started again at the same port.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";

    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-redis-").FullName;
    private readonly string[] _more;
    private Process? _process;

    private RedisServer(string[] more)
    {
        _more = more;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    public static async Task<RedisServer> StartAsync(params string[] more)
    {
        if (!File.Exists(Program))
        {
            if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail("redis-server is not installed");
            Assert.Skip("redis-server is not installed");
        }
        var server = new RedisServer(more);
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(new ProcessStartInfo(Program, ["--port", port, "--bind", "127.0.0.1", "--dir", _folder, "--appendonly", "yes", "--appendfsync", "always", "--logfile", "log", .. _more]))!;
        for (var patience = 200; ; patience--)
        {
            Assert.True(patience > 0 && !_process.HasExited, "redis-server does not answer");
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
