using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Filler;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

// Fills a queue with messages that are deferred once: Filler FOLDER MESSAGES DOMAINS BYTES
if (args.Length != 4 || !int.TryParse(args[1], out var messages) || !int.TryParse(args[2], out var domains) || !int.TryParse(args[3], out var size))
{
    await Console.Error.WriteLineAsync("Filler FOLDER MESSAGES DOMAINS BYTES: fills the queue in FOLDER with MESSAGES to DOMAINS domains, each of BYTES, each deferred once for a day");
    return 64;
}
const int AtOnce = 200;
var settings = new QueueSettings { Folder = Path.GetFullPath(args[0]), MinimalBackoff = TimeSpan.FromDays(1), MaximalBackoff = TimeSpan.FromDays(1), DefaultLimits = new TransportLimits { DestinationConcurrency = 100 } };
var content = Encoding.ASCII.GetBytes("Subject: filler\r\n\r\n" + string.Concat(Enumerable.Repeat("A line of text that stands for a line of text.\r\n", size / 48)));
var queue = await MessageQueue.OpenAsync(settings, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
await using (queue)
{
    var running = queue.Scheduler.RunAsync(new Deferrer(), CancellationToken.None);
    for (var begun = 0; begun < messages; begun += AtOnce)
    {
        await Task.WhenAll(Enumerable.Range(begun, Math.Min(AtOnce, messages - begun)).Select(AddAsync));
        if (begun % 50_000 == 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{begun} of {messages}"));
    }
    while ((await queue.Administration.CountAsync(CancellationToken.None)) is var counts && counts.Any(count => count.Key != RecipientState.Deferred && count.Value > 0))
    {
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
    }
    await queue.Scheduler.StopAsync(CancellationToken.None);
    await running;
}
return 0;

async Task AddAsync(int number)
{
    var writer = queue.CreateContent();
    await writer.WriteAsync(content, CancellationToken.None);
    await queue.CommitAsync(new NewMessage
    {
        Id = queue.NextId(), Sender = Address.FromInternal("sender@bench.test"), Origin = new MessageOrigin { Kind = OriginKind.Smtp, Client = "client[127.0.0.1]" }, Content = writer, Head = "Received: by filler\r\n"u8.ToArray(),
        Recipients = [new QueuedRecipient { Number = 0, Address = Address.FromInternal(string.Create(CultureInfo.InvariantCulture, $"user{number}@d{number % domains}.test")) }],
    }, CancellationToken.None);
}
