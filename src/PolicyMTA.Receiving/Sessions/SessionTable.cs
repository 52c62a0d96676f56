using System.Collections.Frozen;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>What a command needs of the session's state.</summary>
internal enum Requirement
{
    Helo,
    Transaction,
    NoTransaction,
    NoChunks,
    RecipientBeforeTransaction,
    Recipient,
    AuthOffered,
    NotLoggedIn,
    VrfyEnabled,
}

/// <summary>One command of the dialogue: when it may come, and what is said when it comes too early.</summary>
/// <param name="BeforeTls">It may come before STARTTLS where TLS is required (RFC 3207 §4).</param>
/// <param name="EndsPipeline">Nothing may be sent behind it before its reply (RFC 2920 §3.1).</param>
/// <param name="IsJunk">Too many of it without mail count as errors.</param>
/// <param name="Requirements">Checked in order, before the command's syntax; the first that is not met is answered.</param>
internal sealed record CommandRow(bool BeforeTls, bool EndsPipeline, bool IsJunk, params (Requirement Need, SmtpReply Otherwise)[] Requirements);

/// <summary>
/// What may follow what, in one place. TLS is a property of the connection, not a second copy of the states; a state is what
/// <see cref="SmtpSession"/> knows, so the table only names it.
/// </summary>
internal static class SessionTable
{
    private static readonly (Requirement, SmtpReply) Helo = (Requirement.Helo, SmtpReplies.NeedHelo);

    private static readonly FrozenDictionary<string, CommandRow> Rows = new Dictionary<string, CommandRow>
    {
        //                         BeforeTls EndsPipeline IsJunk
        ["helo"] = new CommandRow(true, true, true),
        ["ehlo"] = new CommandRow(true, true, true),
        ["lhlo"] = new CommandRow(true, true, true),
        ["starttls"] = new CommandRow(true, false, false),
        ["auth"] = new CommandRow(false, false, false,
            Helo,
            (Requirement.AuthOffered, SmtpReplies.AuthDisabled),
            (Requirement.NoTransaction, SmtpReplies.InTransaction),
            (Requirement.NotLoggedIn, SmtpReplies.AlreadyAuthenticated)),
        ["mail"] = new CommandRow(false, false, false,
            Helo,
            (Requirement.NoTransaction, SmtpReplies.NestedMail)),
        ["rcpt"] = new CommandRow(false, false, false,
            (Requirement.NoChunks, SmtpReplies.RcptAfterBdat),
            (Requirement.Transaction, SmtpReplies.NeedMail)),
        ["data"] = new CommandRow(false, true, false,
            (Requirement.NoChunks, SmtpReplies.DataAfterBdat),
            (Requirement.RecipientBeforeTransaction, SmtpReplies.NeedRcpt),
            (Requirement.Recipient, SmtpReplies.NoValidRecipients)),
        ["bdat"] = new CommandRow(false, false, false), // its chunk must be read whatever the state is
        ["rset"] = new CommandRow(false, false, true),
        ["noop"] = new CommandRow(true, true, true),
        ["vrfy"] = new CommandRow(false, true, true,
            (Requirement.VrfyEnabled, SmtpReplies.VrfyDisabled),
            Helo),
        ["etrn"] = new CommandRow(false, true, true,
            (Requirement.Helo, SmtpReplies.EtrnNeedsHelo),
            (Requirement.NoTransaction, SmtpReplies.EtrnInTransaction)),
        ["quit"] = new CommandRow(true, false, false),
        ["help"] = new CommandRow(true, false, true),
        ["xclient"] = new CommandRow(true, true, false,
            (Requirement.NoTransaction, SmtpReplies.InTransaction)),
        ["xforward"] = new CommandRow(false, false, false,
            (Requirement.NoTransaction, SmtpReplies.InTransaction)),
    }.ToFrozenDictionary();

    private static readonly CommandRow Unknown = new(true, false, false);

    internal static CommandRow Find(string verb) => Rows.GetValueOrDefault(verb, Unknown);
}
