using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.EndToEnd;

/// <summary>Many clients that do nothing: what they take, and what others feel of them.</summary>
public sealed class IdleTests
{
    private const long MegaByte = 1 << 20;
    private const int AtOnce = 32;
    private const int Others = 500;

    [Theory]
    [InlineData(10_000, false, 250)]
    [InlineData(2_000, true, 250)]
    public async Task Idle_sessions_take_little_memory_and_nobodys_time(int count, bool isTls, long mostMegaBytes)
    {
        RequireDescriptors(count + Others);
        await using var server = await RunningServer.StartAsync();
        await server.ReconfigureAsync("message_size_limit = 0", "message_size_limit = 0\nsmtpd_connection_limit = 0\nsmtpd_client_connection_count_limit = 0");
        var before = Proportional(server.ProcessId);
        var clients = await OpenAsync(isTls ? server.Submissions : server.Smtp, count, isTls);
        var taken = Proportional(server.ProcessId);
        var greetings = new List<TimeSpan>();
        for (var i = 0; i < 21; i++)
        {
            var watch = Stopwatch.StartNew();
            await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
            greetings.Add(watch.Elapsed);
        }
        foreach (var client in clients) await client.DisposeAsync();
        greetings.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} idle sessions (TLS: {isTls}): {taken / MegaByte} MB in all, {before / MegaByte} MB before; greeted in {greetings[10].TotalMilliseconds:F1} ms, at worst {greetings[^1].TotalMilliseconds:F1} ms");
        Assert.InRange(taken, 0, mostMegaBytes * MegaByte);
        Assert.InRange(greetings[10], TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
    }

    /// <summary>Skips the test where the system lets no process have that many, or fails it where all are required.</summary>
    private static void RequireDescriptors(int count)
    {
        var most = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        if (most == "unlimited" || int.Parse(most, CultureInfo.InvariantCulture) >= count) return;
        var why = $"the system allows {most} open files, {count} are needed";
        if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail(why);
        Assert.Skip(why);
    }

    private static async Task<IReadOnlyList<Stream>> OpenAsync(int port, int count, bool isTls)
    {
        var clients = new Stream[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellation) => clients[i] = await OpenAsync(port, isTls, cancellation));
        return clients;
    }

    private static async Task<Stream> OpenAsync(int port, bool isTls, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (isTls)
        {
            var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "example.test" }, cancellation);
            stream = tls;
        }
        await ReadAsync(stream, "220 ", cancellation);
        await stream.WriteAsync("EHLO idle.test\r\n"u8.ToArray(), cancellation);
        await ReadAsync(stream, "250 CHUNKING", cancellation);
        return stream;
    }

    private static async Task ReadAsync(Stream stream, string until, CancellationToken cancellation)
    {
        var buffer = new byte[1024];
        var text = "";
        while (!text.Contains(until, StringComparison.Ordinal) || !text.EndsWith('\n'))
        {
            var read = await stream.ReadAsync(buffer, cancellation);
            if (read == 0) throw new IOException($"closed after '{text}'");
            text += Encoding.ASCII.GetString(buffer, 0, read);
        }
    }

    /// <summary>The memory that is a process's own, and its share of what it shares.</summary>
    private static long Proportional(int processId) =>
        1024 * long.Parse(File.ReadLines($"/proc/{processId}/smaps_rollup").Single(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
