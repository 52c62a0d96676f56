using System.Globalization;
namespace PolicyMTA.Control.Listings;

/// <summary>Messages of the queue for a person.</summary>
internal sealed class QueueListing(TextWriter output, bool saysHowMany = true) : IListing
{
    private int _messages;

    public void Add(QueueReply message)
    {
        _messages++;
        Describe(output, message);
    }

    public void End()
    {
        if (saysHowMany) output.WriteLine(_messages == 0 ? "the queue is empty" : $"{_messages} {(_messages == 1 ? "message" : "messages")}");
    }

    /// <summary>A message and, a line each, its recipients.</summary>
    public static void Describe(TextWriter output, QueueReply message)
    {
        output.WriteLine($"{message.Id}  {Time(message.Arrived)}  {message.Size} bytes  from <{message.Sender}>{(message.Client.Length == 0 ? "" : $" by {message.Client}")}{(message.SaslUser is null ? "" : $" as {message.SaslUser}")}");
        foreach (var recipient in message.Recipients) output.WriteLine($"    {Describe(recipient)}");
    }

    private static string Describe(QueueRecipientReply recipient)
    {
        var when = recipient.State switch
        {
            "deferred" => $" until {Time(recipient.Due)} after {recipient.Attempts} {(recipient.Attempts == 1 ? "attempt" : "attempts")}",
            "held" => $" in {recipient.Hold}{(recipient.HoldExpires is { } expires ? $" until {Time(expires)}" : "")}",
            _ => "",
        };
        var original = recipient.Original is null ? "" : $" (was <{recipient.Original}>)";
        return $"<{recipient.Address}>{original} {recipient.State}{when}{(recipient.Reason is null ? "" : $": {recipient.Reason}")}";
    }

    private static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
