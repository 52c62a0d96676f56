using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Rspamd;

/// <summary>Makes the changes that an answer asks for, in the order of rspamd's own milter: fields go, fields come, the envelope, then what its action means.</summary>
internal static class AnswerEdits
{
    internal static void Apply(RspamdAnswer answer, IMessage message, IMilterEdits edits)
    {
        foreach (var removal in answer.Removals) Remove(message, removal);
        foreach (var addition in answer.Additions) Add(message, addition);
        if (answer.Sender is { } sender) edits.ChangeSender(ReadAddress(sender));
        foreach (var recipient in answer.AddedRecipients.Select(ReadAddress).Where(address => !address.IsNull)) edits.AddRecipient(recipient);
        foreach (var recipient in answer.RemovedRecipients.Select(ReadAddress).Where(address => !address.IsNull)) edits.RemoveRecipient(recipient);
        if (!answer.IsWithoutAction) Mark(answer, message);
        // Signatures stand on top, and cover what is below.
        foreach (var signature in answer.Signatures.Reverse()) message.AddHeader("DKIM-Signature", signature, atTop: true);
    }

    private static void Mark(RspamdAnswer answer, IMessage message)
    {
        switch (answer.Action)
        {
            case "add header":
                foreach (var field in answer.SpamFields ?? [new("X-Spam", "Yes")])
                {
                    message.RemoveHeader(field.Name);
                    Add(message, field);
                }
                break;
            case "rewrite subject" when answer.Subject is { } subject:
                message.RemoveHeader("Subject");
                message.AddHeader("Subject", string.Concat(subject.Select(c => char.IsControl(c) ? ' ' : c)));
                break;
        }
    }

    private static void Remove(IMessage message, RspamdAnswer.Removal removal)
    {
        if (removal.Occurrence == 0) message.RemoveHeader(removal.Name);
        else if (removal.Occurrence > 0) message.RemoveHeader(removal.Name, removal.Occurrence);
        else if (Count(message, removal.Name) + removal.Occurrence + 1 is > 0 and var fromStart) message.RemoveHeader(removal.Name, fromStart);
    }

    // As the milter protocol counts: 0 and 1 stand before all others.
    private static void Add(IMessage message, RspamdAnswer.Addition addition)
    {
        if (addition.Place < 0) message.AddHeader(addition.Name, addition.Value);
        else message.InsertHeader(Math.Max(0, addition.Place - 1), addition.Name, addition.Value);
    }

    private static int Count(IMessage message, string name) => message.Headers.Count(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static Address ReadAddress(string text)
    {
        var bare = text.Trim();
        return Address.FromInternal(bare.StartsWith('<') && bare.EndsWith('>') ? bare[1..^1] : bare);
    }
}
