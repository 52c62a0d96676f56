using System.Diagnostics;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class FullDiskTests
{
    [Theory]
    [InlineData(4000)]
    [InlineData(300_000)]
    public async Task Full_disk_refuses_messages_and_loses_none(int size)
    {
        using var folder = new TemporaryFolder();
        if (!await RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder.Path)) Assert.Skip("needs to mount a tmpfs");
        try
        {
            var queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder.Path });
            var kept = new List<QueueId>();
            for (var refused = 0; refused < 3;)
            {
                try { kept.Add(await SendAsync(queue, size)); }
                catch (InsufficientStorageException) { refused++; }
            }
            Assert.False(queue.HasRoomFor(4 << 20));
            Assert.NotEmpty(kept);
            await queue.DisposeAsync();

            queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder.Path });
            foreach (var id in kept) Assert.NotNull(await queue.Administration.ReadContentAsync(id, default));
            Assert.Equal(kept.Count, (await queue.Administration.CountAsync(default)).Values.Sum());
            Assert.True(await RunAsync("mount", "-o", "remount,size=16m", folder.Path));
            Assert.NotNull(await queue.Administration.ReadContentAsync(await SendAsync(queue, size), default));
            await queue.DisposeAsync();
        }
        finally { await RunAsync("umount", folder.Path); }
    }

    [Fact]
    public async Task Queue_opens_on_a_full_disk_and_delivers_what_it_holds()
    {
        using var folder = new TemporaryFolder();
        if (!await RunAsync("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder.Path)) Assert.Skip("needs to mount a tmpfs");
        try
        {
            var queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder.Path });
            for (var n = 0; n < 50; n++) await SendAsync(queue, 4000);
            await queue.DisposeAsync();
            await using (var filler = File.Create(Path.Combine(folder.Path, "filler")))
            {
                try { while (true) filler.Write(new byte[4096]); }
                catch (IOException) { } // full to the last page
            }

            queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder.Path });
            var deliverer = new TestDeliverer { Queue = queue };
            var running = queue.Scheduler.RunAsync(deliverer, default);
            await TestServer.UntilAsync(async () => (await queue.Administration.CountAsync(default)).Values.Sum() == 0);
            await queue.Scheduler.StopAsync(default);
            await running;
            await queue.DisposeAsync();
            Assert.Equal(50, deliverer.Count);
        }
        finally { await RunAsync("umount", folder.Path); }
    }

    private static async Task<QueueId> SendAsync(MessageQueue queue, int size)
    {
        await using var content = queue.CreateContent();
        await content.WriteAsync(Messages.Bytes(size, 1), default);
        var message = new NewMessage
        {
            Id = queue.NextId(), Sender = Address.Null, Origin = new MessageOrigin { Kind = OriginKind.Smtp }, Content = content, Recipients = [new QueuedRecipient { Number = 0, Address = new Address("a", "b.example") }],
        };
        await queue.CommitAsync(message, default);
        return message.Id;
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception) { return false; }
    }
}
