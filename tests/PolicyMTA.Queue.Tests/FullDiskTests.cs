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
