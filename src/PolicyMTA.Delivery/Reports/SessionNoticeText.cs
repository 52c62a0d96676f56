using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Reports;

/// <summary>What the postmaster reads of a session that went wrong: plain text with the transcript.</summary>
internal static class SessionNoticeText
{
    public static string Of(QueueId id, string client, IReadOnlyList<string> transcript, Address reader, DeliverySettings settings, DateTimeOffset now)
    {
        var date = now.UtcDateTime.ToString("ddd, d MMM yyyy HH:mm:ss '+0000 (UTC)'", CultureInfo.InvariantCulture);
        var text = new StringBuilder(4096);
        text.Append(CultureInfo.InvariantCulture, $"Received: by {settings.MyHostname} ({settings.MailName})\r\n\tid {id}; {date}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Date: {date}\r\nFrom: {ReportWords.DaemonName} <MAILER-DAEMON@{settings.MyOrigin ?? settings.MyHostname}>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"To: {LineWrap.Clean(reader.ToEnvelope())}\r\nSubject: {settings.MailName} SMTP server: errors from {LineWrap.Clean(client, isAscii: true)}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Message-Id: <{now.UtcDateTime:yyyyMMddHHmmss}.{id}@{settings.MyHostname}>\r\n\r\nWhat was said in this session:\r\n\r\n");
        foreach (var line in transcript)
        {
            text.Append(' ');
            LineWrap.Append(text, line);
        }
        return text.Append("\r\nThe log file may tell more.\r\n").ToString();
    }
}
