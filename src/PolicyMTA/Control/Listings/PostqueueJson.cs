using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
namespace PolicyMTA.Control.Listings;

/// <summary>A message as <c>postqueue -j</c> prints it: one object on a line, with Postfix's members and spaces.</summary>
internal sealed class PostqueueJson(TextWriter output) : IListing
{
    public void Add(QueueReply message)
    {
        if (From(message) is { } line) output.WriteLine(line);
    }

    public void End() { }

    /// <summary>The line; null for a message that nobody waits for any more.</summary>
    public static string? From(QueueReply message)
    {
        var waiting = message.Recipients.Where(r => r.State is not ("delivered" or "bounced")).ToList();
        if (waiting.Count == 0) return null;
        var line = new StringBuilder();
        line.Append($"{{\"queue_name\": {Text(QueueNames.QueueOf(message))}, \"queue_id\": {Text(message.Id)}, \"arrival_time\": {message.Arrived.ToUnixTimeSeconds()}, \"message_size\": {message.Size}, ");
        line.Append($"\"forced_expire\": false, \"sender\": {Text(message.Sender.Length == 0 ? "MAILER-DAEMON" : message.Sender)}, \"recipients\": [");
        line.AppendJoin(", ", waiting.Select(r => $"{{\"address\": {Text(r.Address)}{(r.Reason is null ? "" : $", \"delay_reason\": {Text(r.Reason)}")}}}"));
        return line.Append("]}").ToString();
    }

    private static string Text(string value) => $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
