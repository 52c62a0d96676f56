using System.Globalization;
using PolicyMTA.Control;
using PolicyMTA.Control.Listings;

namespace PolicyMTA.Commands.Postfix;

/// <summary><c>postcat</c> (postcat(1)): shows messages of the queue, envelope, header section or body.</summary>
internal static class PostcatProgram
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = Options.Parse(arguments, "bc:dehoqrs:v");
        if (options.Operands.Count == 0) throw new FatalException(SystemExit.Usage, "usage: postcat [-behv] -q queue_id...");
        if (!options.Has('q')) throw new FatalException(SystemExit.Usage, "messages are no files here: name them with -q queue_id");
        using var client = QueueClient.Open(Site.Find(options.Configuration ?? options.Find('c')), null, "");
        var showsAll = !options.Has('e') && !options.Has('h') && !options.Has('b');
        await using var output = Console.OpenStandardOutput();
        foreach (var id in options.Operands)
        {
            var message = await client.FindAsync(id, cancellationToken);
            if (showsAll || options.Has('e')) await WriteAsync(output, Envelope(message), cancellationToken);
            if (showsAll) await WriteAsync(output, $"*** MESSAGE CONTENTS {Place(message)} ***\n", cancellationToken);
            if (showsAll || options.Has('h') || options.Has('b')) await output.WriteAsync(Part(await client.ReadAsync(id, cancellationToken), showsAll || options.Has('h'), showsAll || options.Has('b')), cancellationToken);
            if (showsAll) await WriteAsync(output, $"*** MESSAGE FILE END {Place(message)} ***\n", cancellationToken);
        }
        return SystemExit.Good;
    }

    private static string Place(QueueReply message) => $"{QueueNames.QueueOf(message)}/{message.Id}";

    private static string Envelope(QueueReply message)
    {
        var text = new StringWriter { NewLine = "\n" };
        text.WriteLine($"*** ENVELOPE RECORDS {Place(message)} ***");
        text.WriteLine($"message_size: {message.Size,15}");
        text.WriteLine($"message_arrival_time: {message.Arrived.ToLocalTime().ToString("ddd MMM ", CultureInfo.InvariantCulture)}{message.Arrived.ToLocalTime().Day,2}{message.Arrived.ToLocalTime().ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture)}");
        if (message.Client.Length > 0) text.WriteLine($"named_attribute: log_client_name={message.Client}");
        if (message.SaslUser is { } user) text.WriteLine($"named_attribute: sasl_username={user}");
        if (message.EnvelopeId is { } envelope) text.WriteLine($"named_attribute: envelope_id={envelope}");
        text.WriteLine($"sender: {message.Sender}");
        foreach (var recipient in message.Recipients)
        {
            if (recipient.Original is { } original) text.WriteLine($"original_recipient: {original}");
            text.WriteLine($"{(recipient.State is "delivered" or "bounced" ? "done_recipient" : "recipient")}: {recipient.Address}");
        }
        return text.ToString();
    }

    /// <summary>Lines end as on this system; the empty line between the two belongs to the header section.</summary>
    private static ReadOnlyMemory<byte> Part(byte[] content, bool showsHeader, bool showsBody)
    {
        var end = content.AsSpan().IndexOf("\r\n\r\n"u8);
        var body = content.AsSpan().StartsWith("\r\n"u8) ? 2 : end < 0 ? content.Length : end + 4;
        var part = content.AsSpan(showsHeader ? 0 : body, (showsBody ? content.Length : body) - (showsHeader ? 0 : body));
        var lines = new List<byte>(part.Length);
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] != '\r' || i + 1 == part.Length || part[i + 1] != '\n') lines.Add(part[i]);
        }
        return lines.ToArray();
    }

    private static async Task WriteAsync(Stream output, string text, CancellationToken cancellationToken) => await output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancellationToken);
}
