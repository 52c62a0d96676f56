using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Filters.Scanning;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>Gives a message to spamd, tags it, and refuses or holds it from the scores in the options on. It is tagged when the whole answer is there.</summary>
internal sealed class SpamScan(SpamAssassinOptions options, Scanner scanner, TimeProvider time) : IMessageScan
{
    // What SpamAssassin may add to a header section, and to a body with a report.
    private const int MostAdded = 256 * 1024;

    /// <inheritdoc/>
    public async ValueTask<Verdict> RunAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
    {
        // Whatever comes of it: it shall not pass with a verdict that somebody else wrote.
        SpamFields.Remove(context.Message);
        if (context.Message.Size > options.MaxSize)
        {
            scanner.CountOversize();
            return Verdict.Dunno;
        }
        var judgement = await scanner.ScanAsync((stream, token) => AskAsync(stream, context, edits, token), cancellationToken);
        context.Results.Add(judgement.Result);
        return Judge(judgement);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        scanner.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<SpamJudgement> AskAsync(Stream stream, EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
    {
        var message = await ScannedMessage.OfAsync(context.Message, SpamRequest.Top(context, time.GetLocalNow()), cancellationToken);
        await stream.WriteAsync(SpamRequest.Head(options.Command, SpamRequest.User(options, context), message.Length), cancellationToken);
        await message.WriteAsync(stream, cancellationToken);
        var reader = new AnswerReader(stream);
        var reply = await SpamdReply.ReadAsync(reader, cancellationToken);
        return options.Command switch
        {
            "headers" => await TakeHeadersAsync(reader, reply, context.Message, message, cancellationToken),
            "process" => await TakeMessageAsync(reader, reply, context.Message, message, edits, cancellationToken),
            _ => await TakeTextAsync(reader, reply, context.Message, cancellationToken),
        };
    }

    private static async ValueTask<SpamJudgement> TakeHeadersAsync(AnswerReader reader, SpamdReply reply, IMessage message, ScannedMessage sent, CancellationToken cancellationToken)
    {
        var fields = await SpamFields.ReadAsync(reader, sent.HeadLength + MostAdded, cancellationToken);
        SpamFields.Apply(message, fields, reply.Judgement.IsSpam);
        return reply.Judgement with { Tests = SpamFields.Tests(fields) };
    }

    // The body of ham stays as it came, byte for byte: only of spam may SpamAssassin make a report.
    private static async ValueTask<SpamJudgement> TakeMessageAsync(AnswerReader reader, SpamdReply reply, IMessage message, ScannedMessage sent, IMilterEdits edits, CancellationToken cancellationToken)
    {
        if (reply.ContentLength is not { } length || length > sent.Length + MostAdded) throw new InvalidDataException("no Content-length, or one far beyond the message");
        var start = reader.Count;
        var fields = await SpamFields.ReadAsync(reader, sent.HeadLength + MostAdded, cancellationToken);
        var hasNewBody = reply.Judgement.IsSpam && !SpamFields.HasSameBody(message, fields);
        var lines = new LineEnds();
        while (await reader.ReadAsync(cancellationToken) is { IsEmpty: false } piece)
        {
            if (reader.Count - start > length) throw new InvalidDataException("more bytes than its Content-length");
            if (hasNewBody) await edits.ReplaceBodyAsync(lines.Write(piece.Span), cancellationToken);
        }
        if (reader.Count - start < length) throw new EndOfStreamException();
        if (hasNewBody) await edits.ReplaceBodyAsync(lines.Finish(), cancellationToken);
        SpamFields.Apply(message, fields, reply.Judgement.IsSpam, hasNewBody);
        return reply.Judgement with { Tests = SpamFields.Tests(fields) };
    }

    private async ValueTask<SpamJudgement> TakeTextAsync(AnswerReader reader, SpamdReply reply, IMessage message, CancellationToken cancellationToken)
    {
        var text = await SpamReport.ReadAsync(reader, reply.ContentLength, cancellationToken);
        var isReport = options.Command == "report";
        var judgement = isReport ? reply.Judgement : reply.Judgement with { Tests = SpamReport.Tests(text) };
        SpamFields.Apply(message, judgement, isReport ? SpamReport.Fold(text) : null);
        return judgement;
    }

    private Verdict Judge(SpamJudgement judgement)
    {
        var isRefused = options.RejectScore > 0 && judgement.Score >= options.RejectScore;
        var isHeld = options.QuarantineScore > 0 && judgement.Score >= options.QuarantineScore;
        if (!isRefused && !isHeld) return Verdict.Dunno;
        scanner.CountRefused();
        var score = $"score {judgement.ScoreText}, required {judgement.RequiredText}";
        return isRefused ? Refusals.Of(550, "5.7.1", "Blocked by SpamAssassin", frame: ReplyFrame.None) with { Cause = $"{score}: {judgement.Tests}" } : new Verdict.Hold($"spam: {score}");
    }
}
