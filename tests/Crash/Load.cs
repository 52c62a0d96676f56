using System.Globalization;
using System.Net.Sockets;
using PolicyMTA.EndToEnd;

namespace PolicyMTA.Crash;

/// <summary>Clients that send letters of all kinds until the server is gone.</summary>
internal sealed class Load(Ledger ledger)
{
    private const int Sessions = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private int _last;

    internal Task RunAsync(int port, int seed, CancellationToken end) => Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => Task.Run(() => SendAllAsync(port, new Random(seed + session), end), CancellationToken.None)));

    private async Task SendAllAsync(int port, Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await using var connection = await SmtpConnection.OpenAsync(port);
                await connection.ExpectAsync("EHLO load.test", "250");
                while (!end.IsCancellationRequested) await SendAsync(connection, random);
            }
            // Killed, or not listening yet: that is the test.
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task SendAsync(SmtpConnection connection, Random random)
    {
        var number = Interlocked.Increment(ref _last);
        var recipients = Recipients(number, random);
        var letter = Letter.Write(number, Size(random));
        // A refusal may come at any step when the disk is full; what was begun is forgotten then.
        foreach (var command in (IEnumerable<string>)["MAIL FROM:<alice@example.test>", .. recipients.Select(recipient => $"RCPT TO:<{recipient}>"), "DATA", letter + "."])
        {
            if ((await connection.AskAsync(command))[0] is '2' or '3') continue;
            ledger.Refuse();
            await connection.ExpectAsync("RSET", "250");
            return;
        }
        ledger.Acknowledge(number, recipients);
    }

    private static string[] Recipients(int number, Random random)
    {
        var n = number.ToString(CultureInfo.InvariantCulture);
        return random.Next(100) switch
        {
            < 35 => [$"a{n}@smtp.test"],
            < 50 => [$"a{n}@lmtp.test"],
            < 65 => [random.Next(2) == 0 ? "alice@example.test" : "bob@example.test"],
            < 75 => [$"later{n}@smtp.test"],
            < 80 => [$"hold{n}@smtp.test"],
            < 85 => [$"no{n}@smtp.test"],
            < 90 => [$"nod{n}@lmtp.test", $"a{n}@lmtp.test"],
            _ => [$"a{n}@smtp.test", $"no{n}@smtp.test", $"later{n}@smtp.test", $"b{n}@lmtp.test", $"no{n}@lmtp.test", $"nod{n}@lmtp.test", "bob@example.test"],
        };
    }

    // Most are small, some are spooled, few are large.
    private static int Size(Random random) => random.Next(100) switch
    {
        < 95 => random.Next(100, 12_000),
        < 99 => random.Next(60_000, 400_000),
        _ => random.Next(1 << 20, Letter.Largest),
    };
}
