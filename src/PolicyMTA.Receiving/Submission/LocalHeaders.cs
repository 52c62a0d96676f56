using System.Globalization;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>What cleanup does to the header section of local mail: fields that nobody else shall see go, those that RFC 5322 §3.6 asks for come.</summary>
internal static class LocalHeaders
{
    internal static void Complete(IMessage message, SubmittedEnvelope envelope, Address sender, QueueId id, LocalSubmissionSettings settings, DateTimeOffset now)
    {
        foreach (var name in settings.DroppedHeaders) message.RemoveHeader(name);
        var prefix = message.Headers.Any(field => field.Name.StartsWith("Resent-", StringComparison.OrdinalIgnoreCase)) ? "Resent-" : "";
        if (message.FindHeader(prefix + "Message-Id") is null)
            message.AddHeader(prefix + "Message-Id", string.Create(CultureInfo.InvariantCulture, $"<{now.UtcDateTime:yyyyMMddHHmmss}.{id}@{settings.HostName}>"));
        if (message.FindHeader(prefix + "Date") is null) message.AddHeader(prefix + "Date", ReceivedField.Date(now));
        if (message.FindHeader(prefix + "From") is null) message.AddHeader(prefix + "From", From(envelope, sender, settings));
    }

    /// <summary>Postfix's <c>Received: by host (Postfix, from userid N)</c>.</summary>
    internal static string Received(LocalUser user, QueueId id, LocalSubmissionSettings settings, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"Received: by {settings.HostName} ({settings.MailName}, from userid {user.Id})\r\n\tid {id}; {ReceivedField.Date(now)}\r\n");

    private static string From(SubmittedEnvelope envelope, Address sender, LocalSubmissionSettings settings)
    {
        var address = sender.IsNull ? $"MAILER-DAEMON@{settings.HostName}" : sender.ToEnvelope();
        if (envelope.FullName is not { Length: > 0 } name) return address;
        // RFC 5322 §3.2.5: what is not all atoms and spaces is quoted.
        var isPlain = name.All(c => char.IsAsciiLetterOrDigit(c) || c > 127 || c == ' ' || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal));
        var phrase = isPlain ? name : $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        return $"{phrase} <{address}>";
    }
}
