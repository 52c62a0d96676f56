using System.Globalization;
using PolicyMTA.EndToEnd;

namespace PolicyMTA.Crash;

/// <summary>A disk that is full stops nothing but the taking of mail, and that only as long as it is full.</summary>
public sealed class FullDiskTests
{
    private const int Letters = 40, DiskMegabytes = 96, Megabyte = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Glance = TimeSpan.FromMilliseconds(100);

    private int _last;

    [Theory]
    [InlineData(8 * Megabyte, 4 * Megabyte, 300)]
    [InlineData(0, 0, 300_000)]
    public async Task Full_disk_refuses_mail_while_deliveries_go_on_and_takes_it_again_when_there_is_room(int minFree, int rest, int refusedSize)
    {
        await using var server = new CrashedServer();
        await server.SetUpAsync(string.Create(CultureInfo.InvariantCulture, $"queue_minfree = {minFree}"));
        await using var disk = await SmallDisk.OverAsync(server.QueueFolder, DiskMegabytes);
        await server.StartAsync();
        var door = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.AnswerAfter(door.Task);
        for (var sent = 0; sent < Letters; sent++) Assert.StartsWith("250 ", await SendAsync(server, 300), StringComparison.Ordinal);

        await disk.FillAsync(rest);
        await UntilAsync(server, "452 4.3.1 ", refusedSize);
        door.SetResult();
        await server.UntilEmptyAsync();
        Assert.StartsWith("452 4.3.1 ", await SendAsync(server, refusedSize), StringComparison.Ordinal);

        disk.Free();
        await UntilAsync(server, "250 ", refusedSize);
        var account = await server.DrainAsync();
        Assert.Empty(account.Faults);
        Assert.Equal(0, account.Repeated);
        Assert.True(account.Acknowledged > Letters);
    }

    // Free space is looked at once a second.
    private async Task UntilAsync(CrashedServer server, string start, int size)
    {
        var reply = "";
        for (var begun = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(begun) < Patience; await Task.Delay(Glance, TimeProvider.System))
        {
            reply = await SendAsync(server, size);
            if (reply.StartsWith(start, StringComparison.Ordinal)) return;
        }
        Assert.Fail($"no reply began with {start}, the last was {reply}");
    }

    private async Task<string> SendAsync(CrashedServer server, int size)
    {
        var number = ++_last;
        var recipient = string.Create(CultureInfo.InvariantCulture, $"a{number}@smtp.test");
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        var reply = "";
        foreach (var command in (string[])["EHLO load.test", "MAIL FROM:<alice@example.test>", $"RCPT TO:<{recipient}>", "DATA", Letter.Write(number, size) + "."])
        {
            reply = await connection.AskAsync(command);
            if (reply[0] is not ('2' or '3')) return reply;
        }
        server.Ledger.Acknowledge(number, [recipient]);
        return reply;
    }
}
