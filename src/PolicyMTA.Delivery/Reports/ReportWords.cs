using System.Globalization;

namespace PolicyMTA.Delivery.Reports;

/// <summary>What a report says to a person. Postfix's wording: people and filters know it.</summary>
internal static class ReportWords
{
    private const string Postmaster = """
        For further assistance, please send mail to postmaster.

        If you do so, please include this problem report. You can
        delete your own text from the attached returned message.

        """;

    public static string Failure { get; } = Lines($"""
        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients. It's attached below.

        {Postmaster}
        """);

    public static string Success { get; } = Lines("""
        Your message was successfully delivered to the destination(s)
        listed below. If the message was delivered to mailbox you will
        receive no further notifications. Otherwise you may still receive
        notifications of mail delivery errors from other systems.

        """);

    public static string Delay(DeliverySettings settings) => Lines(string.Create(CultureInfo.InvariantCulture, $"""
        ####################################################################
        # THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
        ####################################################################

        Your message could not be delivered for more than {(int)settings.DelayWarningTime.TotalHours} hour(s).
        It will be retried until it is {(int)settings.MaximalQueueLifetime.TotalDays} day(s) old.

        {Postmaster}
        """));

    private static string Lines(string text) => text.ReplaceLineEndings("\r\n");
}
