using PolicyMTA.Addressing;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Milters;

/// <summary>What milters change in a transaction besides header fields. Whether an added recipient may be relayed to, envelope cleanup decides.</summary>
internal sealed class MilterEdits(MailTransaction transaction, MessageReception reception, ReceivedMessage message, AddressBook addresses, Func<IContentWriter> create) : IMilterEdits
{
    public void ChangeSender(Address sender) => transaction.Facts = transaction.Facts with { Sender = addresses.Complete(sender) };

    public void AddRecipient(Address recipient) => transaction.Added.Add(addresses.Complete(recipient));

    public void RemoveRecipient(Address recipient) => transaction.Remove(addresses.Complete(recipient));

    public void Quarantine(string reason) => transaction.Actions.Add(new Verdict.Hold(reason));

    public async ValueTask ReplaceBodyAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        var isFirst = reception.NewBody is null;
        await reception.WriteBodyAsync(piece, create, cancellationToken);
        if (isFirst) message.ReplaceBody(reception.NewBody!);
    }
}
