using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>
/// What a filter wants changed, kept until it has answered: one that breaks off in the middle changes nothing. A new body goes to its own place at once. One per message.
/// </summary>
internal sealed class EditList(IMilterEdits edits, bool hasLeadingSpace)
{
    // More than any header section may have, and than any envelope.
    internal const int MostEdits = 10_000;
    internal const int MostBytes = 4 * 1024 * 1024;

    private readonly List<FilterEdit> _kept = [];
    private LineEnds? _body;
    private int _bytes;

    /// <exception cref="InvalidDataException">It wants too much.</exception>
    internal async ValueTask AddAsync(FilterEdit edit, int size, CancellationToken cancellationToken)
    {
        if (edit is FilterEdit.ReplaceBody body)
        {
            _body ??= new LineEnds();
            await edits.ReplaceBodyAsync(_body.Write(body.Piece.Span), cancellationToken);
            return;
        }
        _bytes += size;
        if (_bytes > MostBytes || _kept.Count == MostEdits) throw new InvalidDataException("it changes more than a message can hold");
        _kept.Add(edit);
    }

    /// <summary>The filter has answered.</summary>
    internal async ValueTask ApplyAsync(IMessage message, CancellationToken cancellationToken)
    {
        if (_body?.Finish() is { Length: > 0 } end) await edits.ReplaceBodyAsync(end, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var edit in _kept) Apply(edit, message);
    }

    private void Apply(FilterEdit edit, IMessage message)
    {
        switch (edit)
        {
            case FilterEdit.AddHeader add:
                message.AddHeader(add.Name, Value(add.Value));
                break;
            case FilterEdit.InsertHeader insert:
                // Our Received field is the first for a filter that counts, though it never sees it (sendmail's way).
                message.InsertHeader(Math.Max(insert.Index - 1, 0), insert.Name, Value(insert.Value));
                break;
            case FilterEdit.ChangeHeader { Value.Length: 0 } remove:
                message.RemoveHeader(remove.Name, remove.Occurrence);
                break;
            case FilterEdit.ChangeHeader change:
                message.ChangeHeader(change.Name, change.Occurrence, Value(change.Value));
                break;
            case FilterEdit.ChangeSender sender:
                edits.ChangeSender(sender.Sender, sender.Parameters);
                break;
            case FilterEdit.AddRecipient recipient:
                edits.AddRecipient(recipient.Recipient, recipient.Parameters);
                break;
            case FilterEdit.RemoveRecipient recipient:
                edits.RemoveRecipient(recipient.Recipient);
                break;
            case FilterEdit.Quarantine quarantine:
                edits.Quarantine(quarantine.Reason);
                break;
        }
    }

    // As Postfix: a line that would end the field begins with a tab.
    private string Value(string value)
    {
        var lines = value.Replace("\r", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var folded = string.Join("\r\n", lines.Select((line, i) => i == 0 || line[0] is ' ' or '\t' ? line : "\t" + line));
        return hasLeadingSpace ? folded : " " + folded;
    }
}
