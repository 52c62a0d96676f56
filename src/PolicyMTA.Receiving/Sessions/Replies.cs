using PolicyMTA.Policy;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>Replies that depend on policies and on what this server offers.</summary>
internal static class Replies
{
    internal static SmtpReply NotImplemented { get; } = SmtpReply.Single(502, "5.5.1", "Error: command not implemented");

    internal static SmtpReply Of(Refusal refusal) =>
        new(refusal.Code, refusal.Status, [refusal.Text, .. refusal.Further]) { Disconnects = refusal.Disconnects };

    /// <summary>What LMTP says otherwise.</summary>
    internal static SmtpReply ForLmtp(SmtpReply reply)
    {
        if (ReferenceEquals(reply, SmtpReplies.NeedHelo)) return SmtpReplies.NeedLhlo;
        return ReferenceEquals(reply, SmtpReplies.NoValidRecipients) ? SmtpReplies.LmtpNoValidRecipients : reply;
    }

    internal static SmtpReply AccessDenied(Client client) => SmtpReply.Single(503, "5.7.0", $"Error: access denied for {client}");

    internal static SmtpReply RelayDenied(Address address) => SmtpReply.Single(554, "5.7.1", $"<{address}>: Relay access denied");
}
