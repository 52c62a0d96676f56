using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>Makes the reply of a refusal as Postfix words it (smtpd_check.c): item, class name, text, and a status that fits the code.</summary>
internal static partial class RefusalFraming
{
    // RFC 5321 §4.5.3.1.5: 512 octets with CRLF; the code and the longest usual status stand before the text.
    internal const int MaxText = 510 - 12;
    private const int MaxItem = 300;

    public static Refusal Frame(Verdict.Refuse refuse, Stage stage, ClientContext context, ILogger logger)
    {
        var item = refuse.Item == RefusedItem.OfStage ? stage.Item() : refuse.Item;
        if (refuse.Code is < 400 or > 599)
        {
            Log.ImpossibleCode(logger, context.Session.Id, refuse.Code);
            refuse = refuse with { Code = 450, Status = new EnhancedStatus(4, 7, 1), Text = "Service unavailable" };
        }
        // Nobody is answered there: the text goes into the log and a report.
        var text = (stage.IsOfDelivery() ? ReplyFrame.None : refuse.Frame) switch
        {
            ReplyFrame.None => refuse.Text,
            ReplyFrame.Item => $"<{Named(item, context)}>: {refuse.Text}",
            _ => $"<{Named(item, context)}>: {RefusedClass.NameOf(item)} rejected: {refuse.Text}",
        };
        return new Refusal(refuse.Code, StatusFor(refuse.Status, item).For(refuse.Code), Neuter(text, MaxText), refuse.Disconnects) { RetryAfter = refuse.RetryAfter };
    }

    /// <summary>A text without the frame that <see cref="Frame"/> put around it; one without a frame stays as it is.</summary>
    public static string Unframe(string text)
    {
        if (!text.StartsWith('<')) return text;
        foreach (var item in Enum.GetValues<RefusedItem>())
        {
            var mark = $">: {RefusedClass.NameOf(item)} rejected: ";
            if (text.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var at) return text[(at + mark.Length)..];
        }
        return text;
    }

    /// <summary>An X.1.Y status speaks of an address: it must speak of the one that is refused (smtpd_dsn_fix.c).</summary>
    public static EnhancedStatus StatusFor(EnhancedStatus status, RefusedItem item)
    {
        if (status.Subject != 1) return status;
        return item switch
        {
            RefusedItem.Sender => status with
            {
                Detail = status.Detail switch { 1 or 3 or 4 or 6 or 7 => 7, 2 or 8 => 8, _ => 0 },
            },
            RefusedItem.Recipient => status with
            {
                // 10 is the null MX of RFC 7505, newer than Postfix's table.
                Detail = status.Detail switch { 7 => 3, 8 => 2, <= 6 or 10 => status.Detail, _ => 0 },
            },
            _ => status with { Subject = 0, Detail = 0 },
        };
    }

    /// <summary>What a client sent comes back to it, and goes to logs: no control character survives.</summary>
    public static string Neuter(string text, int max)
    {
        if (text.Length <= max && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f') && !text.AsSpan().ContainsAnyInRange('\0', '\u001f')) return text;
        var clean = new StringBuilder(Math.Min(text.Length, max));
        foreach (var c in text)
        {
            if (clean.Length == max) break;
            clean.Append(char.IsControl(c) ? '?' : c);
        }
        return clean.ToString();
    }

    private static string Named(RefusedItem item, ClientContext context)
    {
        var name = item switch
        {
            RefusedItem.UnverifiedClient => context.Client.ReverseName,
            RefusedItem.ClientCertificate => context.Tls?.Certificate?.Subject ?? "",
            RefusedItem.SaslLogin => (context as AuthContext)?.Attempt.User ?? context.Sasl?.User ?? "",
            RefusedItem.Helo => context.Helo?.Name ?? "",
            RefusedItem.Sender => (context as SenderContext)?.Transaction.GivenSender.ToString() ?? "",
            RefusedItem.Recipient => RecipientOf(context),
            RefusedItem.Etrn => (context as EtrnContext)?.Domain ?? "ETRN",
            RefusedItem.Data => "DATA",
            RefusedItem.EndOfData => "END-OF-MESSAGE",
            _ => context.Client.ToString(),
        };
        return Neuter(name, MaxItem);
    }

    private static string RecipientOf(ClientContext context) => context switch
    {
        RecipientContext c => c.PeekRecipient().Given.ToString(),
        DataContext c => c.Recipient?.Given.ToString() ?? "",
        VrfyContext c => c.Address.ToString(),
        _ => "",
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: a rule refused with the impossible code {Code}; 450 was sent")]
        public static partial void ImpossibleCode(ILogger logger, string session, int code);
    }
}
