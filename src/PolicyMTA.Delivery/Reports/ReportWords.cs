using System.Globalization;
using PolicyMTA.Queue;

namespace PolicyMTA.Delivery.Reports;

/// <summary>What a report says to a person where no template says it, and its subjects, which people and filters know from Postfix.</summary>
internal static class ReportWords
{
    public const string DaemonName = "Mail Delivery System";

    private const string Postmaster = """
        If you need help, write to postmaster at this host, and send
        this report along.
        """;

    public static string Subject(ReportKind kind) => kind switch
    {
        ReportKind.Delay => "Delayed Mail (still being retried)",
        ReportKind.Success => "Successful Mail Delivery Report",
        _ => "Undelivered Mail Returned to Sender",
    };

    public const string AnswerSubject = "Mail Delivery Status Report";

    /// <summary>The first words to whoever asked with <c>sendmail -bv</c>.</summary>
    public static string AnswerText(DeliverySettings settings) => Lines($"""
        The mail server {settings.MyHostname} wrote this report.

        You asked whether the recipients below take mail. Nothing was
        delivered.


        """);

    public static string PostmasterSubject(ReportKind kind) => kind == ReportKind.Delay ? "Postmaster Warning: Delayed Mail" : "Postmaster Copy: Undelivered Mail";

    /// <summary>The first words, with CRLF line ends.</summary>
    public static string Text(ReportKind kind, DeliverySettings settings) => Lines($"""
        The mail server {settings.MyHostname} wrote this report.

        {Body(kind, settings)}

        """);

    private static string Body(ReportKind kind, DeliverySettings settings) => kind switch
    {
        ReportKind.Delay => $"""
            This is only a warning. Your message is still on its way, and you
            need not send it again.

            It could not be delivered for {Words(settings.DelayWarningTime)}. It will be tried
            until it is {Words(settings.MaximalQueueLifetime)} old.

            {Postmaster}
            """,
        ReportKind.Success => """
            Your message has left this host for the recipients below. For
            those it was put in a mailbox of, this is the last you hear of it;
            where it was passed on, other systems may still report failures.
            """,
        _ => $"""
            Your message could not be delivered to the recipients below, and
            will not be tried again. The message, or its header, is attached.

            {Postmaster}
            """,
    };

    /// <summary>As <c>4 hours</c>: the largest unit that says it wholly.</summary>
    internal static string Words(TimeSpan time)
    {
        var seconds = (long)time.TotalSeconds;
        var (count, unit) = seconds switch
        {
            >= 86400 when seconds % 86400 == 0 => (seconds / 86400, "day"),
            >= 3600 when seconds % 3600 == 0 => (seconds / 3600, "hour"),
            >= 60 when seconds % 60 == 0 => (seconds / 60, "minute"),
            _ => (seconds, "second"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
    }

    private static string Lines(string text) => text.ReplaceLineEndings("\r\n");
}
