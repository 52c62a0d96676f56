using System.Globalization;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>The trace field of local mail.</summary>
internal static class LocalHeaders
{
    /// <summary>Postfix's <c>Received: by host (Postfix, from userid N)</c>.</summary>
    internal static string Received(LocalUser user, QueueId id, LocalSubmissionSettings settings, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"Received: by {settings.HostName} ({settings.MailName}, from userid {user.Id})\r\n\tid {id}; {ReceivedField.Date(now)}\r\n");
}
