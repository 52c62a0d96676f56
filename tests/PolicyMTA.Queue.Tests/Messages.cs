using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

internal static class Messages
{
    internal static readonly byte[] Small = Encoding.ASCII.GetBytes("Subject: x\r\n\r\nhello\r\n");

    internal static async Task<NewMessage> NewAsync(MessageQueue queue, string sender, string[] recipients, byte[]? content = null, string head = "Received: by us\r\n", QueueId? id = null)
    {
        var writer = queue.CreateContent();
        await writer.WriteAsync(content ?? Small, default);
        return new NewMessage
        {
            Id = id ?? queue.NextId(), Sender = Address.FromInternal(sender), Origin = new MessageOrigin { Kind = OriginKind.Smtp, Client = "c[192.0.2.1]" }, Content = writer, Head = Encoding.ASCII.GetBytes(head),
            Recipients = [.. recipients.Select((recipient, n) => new QueuedRecipient { Number = n, Address = Address.FromInternal(recipient) })],
        };
    }

    internal static async Task<string> ReadAsync(IMessageContent content)
    {
        using var reader = new StreamReader(await content.OpenReadAsync(default), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    internal static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
