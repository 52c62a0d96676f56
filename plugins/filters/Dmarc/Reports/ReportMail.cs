using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>A report as a mail: a sentence for people, and the file (RFC 9990 §3.5). Pure.</summary>
internal static class ReportMail
{
    private const int IdLength = 32;

    /// <summary>The id of a report: the same for the same period, so that one who gets it twice can tell.</summary>
    internal static string IdOf(ReportPeriod period, string receiver) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{receiver}!{period.Domain}!{period.Begin}!{period.End}"))))[..IdLength];

    /// <summary>The whole message for one recipient. Date and Message-ID are added on the way into the queue.</summary>
    internal static byte[] Write(ReportHead head, ReportSettings settings, Address recipient, ReadOnlySpan<byte> gzip)
    {
        var file = AggregateReport.FileName(head, settings.Receiver);
        // Base64 has no hyphen: no line of it can be the boundary.
        var boundary = $"report-{head.Id}";
        var text = new StringBuilder();
        Line($"From: {settings.From.ToEnvelope()}");
        Line($"To: {recipient.ToEnvelope()}");
        // Folded, because two domains may be long.
        Line($"Subject: Report Domain: {head.Policy.Domain}\r\n Submitter: {settings.Receiver}\r\n Report-ID: <{head.Id}>");
        // RFC 3834 §5: nobody's machine answers it.
        Line("Auto-Submitted: auto-generated");
        Line("MIME-Version: 1.0");
        Line($"Content-Type: multipart/mixed; boundary=\"{boundary}\"");
        Line("");
        Line($"--{boundary}");
        Line("Content-Type: text/plain; charset=us-ascii");
        Line("");
        Line($"This is a DMARC aggregate report of {settings.Receiver}");
        Line($"for {head.Policy.Domain}");
        Line(string.Create(CultureInfo.InvariantCulture, $"from {head.Begin.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {head.End.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."));
        Line($"--{boundary}");
        Line("Content-Type: application/gzip");
        Line("Content-Transfer-Encoding: base64");
        Line($"Content-Disposition: attachment;\r\n filename=\"{file}\"");
        Line("");
        Line(Convert.ToBase64String(gzip, Base64FormattingOptions.InsertLineBreaks));
        Line($"--{boundary}--");
        return Encoding.ASCII.GetBytes(text.ToString());

        void Line(string line) => text.Append(line).Append("\r\n");
    }
}
