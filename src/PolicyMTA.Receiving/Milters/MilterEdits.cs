using PolicyMTA.Addressing;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Milters;

/// <summary>What milters change in a transaction besides header fields. Whether an added recipient may be relayed to, envelope cleanup decides.</summary>
internal sealed class MilterEdits(MailTransaction transaction, MessageReception reception, ReceivedMessage message, AddressBook addresses, Func<IContentWriter> create, MilterHeaderChecks? checks)
{
    internal void ChangeSender(Address sender, MailParameters? parameters)
    {
        var facts = transaction.Facts;
        var mail = parameters is null ? facts.Mail : facts.Mail with { Ret = parameters.Ret, EnvelopeId = parameters.EnvelopeId };
        transaction.Facts = facts with { Sender = addresses.Complete(sender), Mail = mail };
    }

    internal void AddRecipient(Address recipient, RecipientParameters? parameters) => transaction.Added.Add((addresses.Complete(recipient), parameters ?? RecipientParameters.None));

    internal void RemoveRecipient(Address recipient) => transaction.Remove(addresses.Complete(recipient));

    internal void Quarantine(string reason) => transaction.Actions.Add(new Verdict.Hold(reason));

    /// <summary>Looks at the fields that a milter wrote; what is to be done with the message is known to the transaction then.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    internal async ValueTask<ContentFindings> CheckHeadersAsync(CancellationToken cancellationToken)
    {
        if (checks is null) return ContentFindings.None;
        return transaction.Findings = await checks.CheckAsync(transaction.Findings, cancellationToken);
    }

    /// <summary>Room for a new body, with the empty line before it.</summary>
    /// <exception cref="ArgumentException">The header section is too large to be taken apart.</exception>
    internal async ValueTask<IContentWriter> BeginBodyAsync(CancellationToken cancellationToken)
    {
        message.Section.RequireWhole();
        var body = create();
        await body.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
        return body;
    }

    internal async ValueTask KeepBodyAsync(IContentWriter body)
    {
        message.ReplaceBody(body);
        await reception.KeepBodyAsync(body);
    }
}
