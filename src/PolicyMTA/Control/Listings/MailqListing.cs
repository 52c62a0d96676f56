using System.Globalization;
namespace PolicyMTA.Control.Listings;

/// <summary>The queue in the columns of Postfix's mailq, the wider ones when queue ids are long, so that what reads those reads this.</summary>
internal sealed class MailqListing(TextWriter output) : IListing
{
    private const int LongestShortId = 11;
    private const int ReasonColumn = 76;
    private bool _isLong;
    private long _bytes;
    private int _messages;

    public void Add(QueueReply message)
    {
        var waiting = message.Recipients.Where(recipient => recipient.State is not ("delivered" or "bounced")).ToList();
        if (waiting.Count == 0) return;
        if (_messages++ == 0) Begin(message.Id);
        _bytes += message.Size;
        var arrived = message.Arrived.ToLocalTime();
        var time = string.Create(CultureInfo.InvariantCulture, $"{arrived:ddd MMM} {arrived.Day,2} {arrived:HH:mm:ss}");
        var id = message.Id + Mark(waiting);
        var sender = message.Sender.Length == 0 ? "MAILER-DAEMON" : message.Sender;
        output.Write(_isLong ? $"{id,-17} {message.Size,8} {time,-19} {sender}\n" : $"{id,-11} {message.Size,7} {time,-20} {sender}\n");
        foreach (var group in waiting.GroupBy(recipient => recipient.Reason))
        {
            if (group.Key is { } reason) output.Write($"({reason})\n".PadLeft(ReasonColumn + 3));
            foreach (var recipient in group) output.Write($"{new string(' ', _isLong ? 47 : 41)}{recipient.Address}\n");
        }
        output.Write("\n");
    }

    public void End() => output.Write(_messages == 0 ? "Mail queue is empty\n" : $"-- {_bytes / 1024} Kbytes in {_messages} Request{(_messages == 1 ? "" : "s")}.\n");

    private void Begin(string id)
    {
        _isLong = id.Length > LongestShortId;
        output.Write(_isLong
            ? "----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------\n"
            : "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n");
    }

    private static string Mark(IReadOnlyList<QueueRecipientReply> recipients) =>
        recipients.Any(recipient => recipient.State == "active") ? "*" : recipients.All(recipient => recipient.State == "held") ? "!" : "";
}
