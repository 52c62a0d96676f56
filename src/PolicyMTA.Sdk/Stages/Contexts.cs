namespace PolicyMTA.Sdk;

/// <summary>
/// What a rule of the client stage sees. Contexts inherit along the dialogue, so a restriction that asks for less can stand in a
/// later stage. A context is valid during the call it is passed to and must not be kept. <c>Helo</c>, <c>Tls</c> and <c>Sasl</c>
/// are null while unknown.
/// </summary>
public class ClientContext(SessionFacts session)
{
    /// <summary>The session at this moment.</summary>
    public SessionFacts Session { get; } = session;
    /// <summary>The client.</summary>
    public Client Client => Session.Client;
    /// <summary>Our end.</summary>
    public Server Server => Session.Server;
    /// <summary>Null before HELO.</summary>
    public Helo? Helo => Session.Helo;
    /// <summary>Null on a plain connection.</summary>
    public Tls? Tls => Session.Tls;
    /// <summary>Null without a login.</summary>
    public Sasl? Sasl => Session.Sasl;
}

/// <summary>What a rule of the helo stage sees: <see cref="ClientContext.Helo"/> is there, unless HELO was never sent.</summary>
public class HeloContext(SessionFacts session) : ClientContext(session);

/// <summary>What a rule of the etrn stage sees.</summary>
public class EtrnContext(SessionFacts session, string domain) : HeloContext(session)
{
    /// <summary>The domain, or address literal, whose mail is asked for.</summary>
    public string Domain { get; } = domain;
}

/// <summary>What a rule of the auth stage sees, before a login is tried and once more after. It never sees what proves the login.</summary>
public class AuthContext(SessionFacts session, LoginFacts attempt) : HeloContext(session)
{
    /// <summary>The login.</summary>
    public LoginFacts Attempt { get; } = attempt;
}

/// <summary>A login that is tried. An immutable value.</summary>
/// <param name="Mechanism">The SASL mechanism (RFC 4422), in capitals.</param>
/// <param name="User">Who it is, or claims to be; null before it is known.</param>
/// <param name="Result">How it ended.</param>
public sealed record LoginFacts(string Mechanism, string? User, LoginResult Result);

/// <summary>How a login ended.</summary>
public enum LoginResult
{
    /// <summary>It has not been tried yet.</summary>
    Pending,
    /// <summary>The identity is proved.</summary>
    Succeeded,
    /// <summary>It is not.</summary>
    Failed,
    /// <summary>Nobody could say.</summary>
    Unavailable,
}

/// <summary>What a rule of the vrfy stage sees (RFC 5321 §3.5).</summary>
public class VrfyContext(SessionFacts session, Address address) : HeloContext(session)
{
    /// <summary>The address that is asked about.</summary>
    public Address Address { get; } = address;
}

/// <summary>What a rule of the sender stage sees.</summary>
public class SenderContext(SessionFacts session, TransactionFacts transaction) : HeloContext(session)
{
    /// <summary>The transaction at this moment.</summary>
    public TransactionFacts Transaction { get; } = transaction;
    /// <summary>The reverse-path; <see cref="Address.IsNull"/> for the null sender.</summary>
    public Address Sender => Transaction.Sender;
    /// <summary>The parameters of MAIL.</summary>
    public MailParameters Mail => Transaction.Mail;
    /// <summary>What authentication checks have found so far.</summary>
    public AuthenticationResults Results => Transaction.Results;
}

/// <summary>What a rule of the relay and recipient stages sees, and with <c>smtpd_delay_reject</c> also one of client, helo and sender.</summary>
public class RecipientContext(SessionFacts session, TransactionFacts transaction, Recipient recipient) : SenderContext(session, transaction)
{
    /// <summary>The recipient in question.</summary>
    public Recipient Recipient
    {
        get
        {
            WasRecipientRead = true;
            return recipient;
        }
    }

    /// <summary>Whether a rule looked at the recipient: what a delayed list says then can't be kept for the next one.</summary>
    internal bool WasRecipientRead { get; set; }

    /// <summary>The recipient, for the core's own use: it leaves no mark.</summary>
    internal Recipient PeekRecipient() => recipient;
}

/// <summary>What a rule of the data stage sees.</summary>
public class DataContext(SessionFacts session, TransactionFacts transaction, IReadOnlyList<Recipient> recipients) : SenderContext(session, transaction)
{
    /// <summary>The accepted recipients.</summary>
    public IReadOnlyList<Recipient> Recipients { get; } = recipients;
    /// <summary>The recipient when there is exactly one, else null.</summary>
    public Recipient? Recipient => Recipients.Count == 1 ? Recipients[0] : null;
}

/// <summary>What a rule of the end_of_data stage sees.</summary>
public class EndOfDataContext(SessionFacts session, TransactionFacts transaction, IReadOnlyList<Recipient> recipients, IMessage message)
    : DataContext(session, transaction, recipients)
{
    /// <summary>The message as received, with the changes milters made.</summary>
    public IMessage Message { get; } = message;
}

/// <summary>What a rule of the local_submission stage sees: a message without a session. Its client is this machine.</summary>
public class LocalSubmissionContext(SessionFacts session, TransactionFacts transaction, IReadOnlyList<Recipient> recipients, IMessage message, LocalUser user)
    : EndOfDataContext(session, transaction, recipients, message)
{
    /// <summary>Who submitted it, by the system's word.</summary>
    public LocalUser User { get; } = user;
}
