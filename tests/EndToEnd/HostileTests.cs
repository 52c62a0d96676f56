using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.EndToEnd;

/// <summary>Clients that mean no good, hundreds at a time: others are served as if they were not there.</summary>
public sealed class HostileTests
{
    private const int OfEachKind = 60;
    private static readonly byte[] Flood = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("EHLO flood.test\r\nRSET\r\nNOOP\r\n", 500)));
    private static readonly byte[] TlsHello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];

    [Fact]
    public async Task Everyone_else_is_served_and_memory_stays_bounded()
    {
        await using var server = await RunningServer.StartAsync();
        using var end = new CancellationTokenSource();
        Func<Task>[] kinds =
        [
            () => AttackAsync(server.Smtp, (stream, cancel) => DripAsync(stream, "EHLO slow.test", cancel), end.Token),
            () => AttackAsync(server.Smtp, FloodAsync, end.Token),
            () => AttackAsync(server.Smtp, async (stream, cancel) => await stream.WriteAsync(TlsHello, cancel), end.Token),
            () => AttackAsync(server.Submissions, (stream, cancel) => DripAsync(stream, Encoding.Latin1.GetString(TlsHello), cancel), end.Token),
            () => AttackAsync(server.Smtp, async (stream, cancel) => await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), cancel), end.Token),
            () => AttackAsync(server.Smtp, DripMessageAsync, end.Token),
        ];
        var attacks = kinds.SelectMany(kind => Enumerable.Range(0, OfEachKind).Select(_ => kind())).ToList();
        var times = new List<TimeSpan>();
        for (var i = 0; i < 100; i++)
        {
            var watch = Stopwatch.StartNew();
            await using var good = await SmtpConnection.OpenAsync(server.Smtp);
            await good.ExpectAsync("EHLO good.test", "250");
            Assert.StartsWith("250 ", await good.SendAsync("joe@localhost", "alice@example.test", $"Subject: good {i}\r\n\r\nx"), StringComparison.Ordinal);
            times.Add(watch.Elapsed);
        }
        var memory = Process.GetProcessById(server.ProcessId).WorkingSet64;
        await end.CancelAsync();
        await Task.WhenAll(attacks);
        await server.MailAsync("alice", 100);
        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"a message among {attacks.Count} attackers: {times[50].TotalMilliseconds:F1} ms, at worst {times[^1].TotalMilliseconds:F1} ms; {memory >> 20} MB");
        Assert.InRange(times[50], TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        Assert.InRange(memory >> 20, 0, 400);
        Assert.DoesNotContain(server.Output, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    /// <summary>Again and again, until the end.</summary>
    private static async Task AttackAsync(int port, Func<NetworkStream, CancellationToken, Task> attack, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                using var client = new TcpClient { ReceiveBufferSize = 4096 };
                await client.ConnectAsync(IPAddress.Loopback, port, end);
                await attack(client.GetStream(), end);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, end);
            }
            catch (Exception over) when (over is IOException or SocketException or OperationCanceledException)
            {
                // Sent away, or the test is over.
            }
        }
    }

    private static async Task DripAsync(NetworkStream stream, string text, CancellationToken end)
    {
        foreach (var letter in text)
        {
            await stream.WriteAsync(new byte[] { (byte)letter }, end);
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, end);
        }
    }

    /// <summary>Sends and never reads.</summary>
    private static async Task FloodAsync(NetworkStream stream, CancellationToken end)
    {
        while (true) await stream.WriteAsync(Flood, end);
    }

    private static async Task DripMessageAsync(NetworkStream stream, CancellationToken end)
    {
        var buffer = new byte[1024];
        foreach (var command in new[] { "EHLO drip.test\r\n", "MAIL FROM:<joe@localhost>\r\n", "RCPT TO:<alice@example.test>\r\n", "DATA\r\n" })
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(command), end);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, end);
            if (await stream.ReadAsync(buffer, end) == 0) return;
        }
        await DripAsync(stream, new string('x', 1000), end);
    }
}
