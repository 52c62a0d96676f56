using System.Globalization;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary>Messages of the queue for a person.</summary>
internal sealed class QueueListing(TextWriter output)
{
    /// <summary>How many there were.</summary>
    public int Messages { get; private set; }

    public void Add(QueueReply message)
    {
        Messages++;
        Describe(output, message);
    }

    /// <summary>Passes a message's JSON on.</summary>
    public void Count(TextWriter target, string line)
    {
        Messages++;
        target.WriteLine(line);
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
