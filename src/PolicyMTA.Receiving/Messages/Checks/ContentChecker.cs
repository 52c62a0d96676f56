using System.Text;
using PolicyMTA.Policy;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>Who tells the log what a check did. The line itself is content and never told: the field's name, or that it was a line of the body.</summary>
/// <param name="action">The action in lower case, or <c>warning: …</c> for a mistake in the table.</param>
/// <param name="place"><c>header Subject</c> or <c>body</c>.</param>
/// <param name="text">The action's text.</param>
internal delegate void CheckLog(string action, string place, string text);

/// <summary>
/// Looks at each header field and body line of a message with <c>header_checks</c>, <c>mime_header_checks</c>, <c>nested_header_checks</c> and <c>body_checks</c>, and does what they say
/// (Postfix cleanup_message.c). Streams: it holds a field, or a line of <c>line_length_limit</c>. One message's alone.
/// </summary>
internal sealed class ContentChecker(ContentCheckSettings settings, MessageReception reception, Func<IContentWriter> create, TimeProvider time, CheckLog log)
{
    // Tables answer at once or are down; a client waits ten minutes for its reply (RFC 5321 §4.5.3.2.6).
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly MimeScanner _scanner = new(settings.Mime);
    private readonly FindingsCollector _findings = new(ContentFindings.None);
    private bool _isStopped;
    private bool _isFieldDropped;

    /// <summary>What is to be done with the message.</summary>
    internal ContentFindings Findings => _findings.Findings;

    /// <summary>Runs once, and puts the changed content in the place of the one received.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    /// <exception cref="InsufficientStorageException">There is no room for the changed content.</exception>
    internal async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        if (settings.IsEmpty) return;
        if (await CheckAsync(reception.Content, cancellationToken) is { } changed) await reception.ReplaceAsync(changed);
    }

    private async ValueTask<IContentWriter?> CheckAsync(IContentWriter content, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        await using var lines = new LineSource(content.OpenRead(), settings.Mime.LineLength);
        await using var output = new CheckedContent(content, create);
        var items = new List<MimeItem>();
        for (ReadOnlyMemory<byte> line; !_isStopped && (line = await lines.ReadAsync(cancellationToken)).Length > 0;)
        {
            if (time.GetElapsedTime(begun) > Patience) throw new TemporaryFailureException($"header and body checks took more than {Patience.TotalMinutes} minutes");
            _scanner.Take(line, items);
            await CheckAsync(items, output, cancellationToken);
        }
        _scanner.Finish(items);
        await CheckAsync(items, output, cancellationToken);
        if (_scanner.IsTooDeep) _findings.Refuse(new Refusal(550, new EnhancedStatus(5, 6, 0), "MIME nesting exceeds safety limit"));
        if (Findings.Refusal is not null || Findings.IsDiscarded) return null;
        await output.KeepRestAsync(lines, cancellationToken);
        return await output.FinishAsync(cancellationToken);
    }

    private async ValueTask CheckAsync(List<MimeItem> items, CheckedContent output, CancellationToken cancellationToken)
    {
        foreach (var item in items)
        {
            if (item.IsMore ? _isFieldDropped : await IsDroppedAsync(item, output, cancellationToken)) await output.ChangeAsync(default, cancellationToken);
            else await output.KeepAsync(item.Raw, cancellationToken);
        }
        items.Clear();
    }

    /// <summary>True when the item is not to be passed on: dropped, or replaced already.</summary>
    private async ValueTask<bool> IsDroppedAsync(MimeItem item, CheckedContent output, CancellationToken cancellationToken)
    {
        _isFieldDropped = false;
        var tables = TablesOf(item);
        if (_isStopped || tables.Count == 0 || await CheckTables.FindAsync(tables, TextOf(item), time, cancellationToken) is not { } value) return false;
        return _isFieldDropped = await ActAsync(CheckAction.Read(value), item, output, cancellationToken);
    }

    private async ValueTask<bool> ActAsync(CheckAction action, MimeItem item, CheckedContent output, CancellationToken cancellationToken)
    {
        var place = PlaceOf(item);
        if (action.FindMistake(item.Kind != MimeItemKind.Body) is { } mistake)
        {
            log("warning", place, mistake);
            return false;
        }
        if (action.Name is not ("DUNNO" or "IGNORE")) log(action.Name == "WARN" ? "warning" : action.Name.ToLowerInvariant(), place, action.Told);
        switch (action.Name)
        {
            case "STRIP" or "IGNORE":
                return true;
            case "REPLACE":
                await output.ChangeAsync(Encoding.UTF8.GetBytes(action.Text + EndOf(item)), cancellationToken);
                return true;
            case "PREPEND":
                await output.ChangeAsync(Encoding.UTF8.GetBytes(action.Text + "\r\n"), cancellationToken);
                return false;
            default:
                _isStopped |= _findings.Take(action);
                return false;
        }
    }

    private IReadOnlyList<ILookupTable> TablesOf(MimeItem item) => item.Kind switch
    {
        MimeItemKind.Body when settings.BodyChecksSizeLimit == 0 || item.Offset < settings.BodyChecksSizeLimit => settings.BodyChecks,
        MimeItemKind.Body => [],
        MimeItemKind.PartHeader => settings.MimeHeaderChecks,
        _ when IsOfMime(item) => settings.MimeHeaderChecks,
        MimeItemKind.NestedHeader => settings.NestedHeaderChecks,
        _ => settings.HeaderChecks,
    };

    // Postfix header_opts.c: the fields that say what a body is.
    private static bool IsOfMime(MimeItem item)
    {
        var text = item.Raw.Span;
        return Ascii.EqualsIgnoreCase(text[..Math.Min(8, text.Length)], "content-"u8)
            ? NameOf(item).ToUpperInvariant() is "CONTENT-TYPE" or "CONTENT-TRANSFER-ENCODING" or "CONTENT-DISPOSITION" or "CONTENT-DESCRIPTION" or "CONTENT-ID"
            : Ascii.EqualsIgnoreCase(text[..Math.Min(12, text.Length)], "mime-version"u8);
    }

    private static string NameOf(MimeItem item) => Encoding.Latin1.GetString(item.Raw.Span[..Math.Max(0, item.Raw.Span.IndexOf((byte)':'))]).Trim();

    private static string PlaceOf(MimeItem item) => item.Kind == MimeItemKind.Body ? "body" : "header " + NameOf(item);

    private static string EndOf(MimeItem item) => item.Raw.Span.EndsWith("\n"u8) ? "\r\n" : "";

    // As Postfix hands it to its tables: one line feed between the lines of a field.
    private static string TextOf(MimeItem item) => Encoding.UTF8.GetString(item.Text).Replace("\r\n", "\n", StringComparison.Ordinal);
}
