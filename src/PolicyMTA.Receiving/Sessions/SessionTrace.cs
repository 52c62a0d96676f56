using System.Globalization;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>Collects what a session decides and hands it on when a transaction is over, in parts when it is long. Belongs to the session's flow.</summary>
internal sealed class SessionTrace(SessionState session, IDecisionRecorder recorder, TimeProvider time) : IDecisionTrace
{
    /// <summary>The steps of one part: more is a second part, so that a session keeps little.</summary>
    internal const int MostSteps = 500;

    /// <summary>Characters of a reply.</summary>
    internal const int LongestReply = 500;

    private List<Decision> _decisions = [];
    private List<DecisionStep> _steps = [];
    private int _usualSteps = 4;
    private (Client Of, string Text)? _client;
    private TransactionFacts? _ended;
    private int _keptSteps;
    private int _transactions;

    /// <inheritdoc/>
    public void Record(DecisionStep step)
    {
        // After RSET and the like a rule is no longer asked for the old transaction.
        if (_ended is not null) Close();
        if (_steps.Capacity == 0) _steps.Capacity = _usualSteps;
        if (_steps.Count < MostSteps) _steps.Add(step);
    }

    /// <summary>A transaction begins: what was decided before it is not its.</summary>
    internal void Begin()
    {
        Settle();
        _transactions++;
    }

    /// <summary>The transaction is over. Its last reply may still have to be said.</summary>
    internal void End(TransactionFacts transaction) => _ended = transaction;

    /// <summary>A reply was said.</summary>
    /// <param name="command">What it answers; null for a banner, a time-out and the like.</param>
    /// <param name="verb">What the client sent last, in capitals.</param>
    /// <param name="reply">The reply.</param>
    internal void Said(SmtpCommand? command, string verb, SmtpReply reply)
    {
        if (_steps.Count == 0 && !IsDecision(command, reply)) return;
        var isMessage = session.Transaction is { IsFinished: true };
        IReadOnlyList<DecisionStep> steps = [];
        if (_steps.Count > 0)
        {
            // The longest list of a session is the one of RCPT, and the next recipient's is as long.
            _usualSteps = Math.Max(_usualSteps, Math.Min(_steps.Count, 64));
            (steps, _steps) = (_steps, []);
        }
        _keptSteps += 1 + steps.Count;
        var decision = new Decision(isMessage ? "END-OF-MESSAGE" : verb, ItemOf(command), TextOf(reply), steps);
        _decisions.Add(decision);
        recorder.Hear(session.Facts.Id, decision);
        if (_keptSteps >= MostSteps) Pass(session.Transaction?.Facts ?? _ended);
    }

    /// <summary>A command is done: what is complete is handed on.</summary>
    internal void Settle()
    {
        if (session.Transaction is null) Close();
    }

    /// <summary>Hands on what there is.</summary>
    internal void Close()
    {
        if (_decisions.Count > 0) Pass(_ended ?? session.Transaction?.Facts);
        _ended = null;
    }

    private void Pass(TransactionFacts? transaction)
    {
        var facts = session.Facts;
        recorder.Take(new DecisionTrace
        {
            Time = time.GetUtcNow(),
            Session = facts.Id,
            Transaction = transaction is null ? 0 : _transactions,
            QueueId = transaction?.QueueId?.Value,
            Generation = session.Generation.Hash,
            Listener = facts.Listener,
            Client = TextOf(facts.Client),
            Helo = facts.Helo?.Name ?? "",
            User = facts.Sasl?.User ?? "",
            Sender = transaction?.Sender.ToString(),
            Decisions = _decisions,
        });
        (_decisions, _keptSteps) = ([], 0);
    }

    private string TextOf(Client client)
    {
        if (_client is not { } known || !ReferenceEquals(known.Of, client)) _client = known = (client, client.ToString());
        return known.Text;
    }

    /// <summary>What was decided without a rule: a milter, a limit, a check of the content.</summary>
    private static bool IsDecision(SmtpCommand? command, SmtpReply reply) => command switch
    {
        SmtpCommand.Rcpt or SmtpCommand.Bdat { IsLast: true } => true,
        SmtpCommand.Data => reply.Code != 354,
        SmtpCommand.Mail or SmtpCommand.Bdat or SmtpCommand.Etrn or SmtpCommand.Vrfy => reply.IsError,
        _ => false,
    };

    private static string ItemOf(SmtpCommand? command) => command switch
    {
        SmtpCommand.Rcpt rcpt => rcpt.Recipient.ToString(),
        SmtpCommand.Mail mail => mail.Sender.ToString(),
        SmtpCommand.Ehlo ehlo => ehlo.Name,
        SmtpCommand.Helo helo => helo.Name,
        SmtpCommand.Lhlo lhlo => lhlo.Name,
        SmtpCommand.Etrn etrn => etrn.Domain,
        SmtpCommand.Vrfy vrfy => vrfy.Address.ToString(),
        _ => "",
    };

    private static string TextOf(SmtpReply reply)
    {
        var text = reply.Lines.Count > 0 ? reply.Lines[0] : "";
        if (text.Length > LongestReply) text = text[..LongestReply];
        return reply.Status is { } status ? string.Create(CultureInfo.InvariantCulture, $"{reply.Code} {status} {text}") : string.Create(CultureInfo.InvariantCulture, $"{reply.Code} {text}");
    }
}
