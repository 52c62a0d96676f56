using PolicyMTA.Filters.Scanning;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Rspamd;

/// <summary>Asks rspamd about a message and does what it says.</summary>
internal sealed class RspamdScan(RspamdOptions options, Scanner scanner) : IMessageScan
{
    private const int LongestText = 400;

    /// <inheritdoc/>
    public async ValueTask<Verdict> RunAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
    {
        if (context.Message.Size > options.MaxSize)
        {
            scanner.CountOversize();
            return Verdict.Dunno;
        }
        var answer = await scanner.ScanAsync((stream, token) => AskAsync(stream, context, token), cancellationToken);
        context.Results.Add(answer.Result);
        var verdict = Judge(answer);
        if (verdict is not Verdict.DunnoVerdict) scanner.CountRefused();
        if (verdict is Verdict.DunnoVerdict or Verdict.Hold) AnswerEdits.Apply(answer, context.Message, edits);
        return verdict;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        scanner.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<RspamdAnswer> AskAsync(Stream stream, EndOfDataContext context, CancellationToken cancellationToken)
    {
        var message = await ScannedMessage.OfAsync(context.Message, "", cancellationToken);
        await stream.WriteAsync(RspamdRequest.Head(context, message.Length), cancellationToken);
        await message.WriteAsync(stream, cancellationToken);
        return AnswerParser.Parse(await HttpAnswer.ReadAsync(new AnswerReader(stream), cancellationToken));
    }

    // The texts are those of rspamd's own milter. Its module greylist says "soft reject" where a message shall wait; the action "greylist" by itself lets it pass.
    private Verdict Judge(RspamdAnswer answer)
    {
        if (answer.IsWithoutAction) return Verdict.Dunno;
        var cause = $"score {answer.Result.Properties[0].Value}, required {answer.Result.Properties[1].Value}";
        return answer.Action switch
        {
            "reject" when options.Reject == "accept" => Verdict.Dunno,
            "reject" when answer.InsteadOfReject == "discard" => new Verdict.Discard(cause),
            "reject" when options.Reject == "quarantine" || answer.InsteadOfReject == "quarantine" => new Verdict.Hold($"rspamd: {cause}"),
            "reject" => Refusals.Of(554, "5.7.1", Text(answer.SmtpMessage) ?? "Spam message rejected", frame: ReplyFrame.None) with { Cause = cause },
            "soft reject" => Refusals.Of(451, "4.7.1", Text(answer.SmtpMessage) ?? "Try again later", frame: ReplyFrame.None) with { Cause = cause },
            "discard" => new Verdict.Discard(cause),
            "quarantine" => new Verdict.Hold($"rspamd: {cause}"),
            _ => Verdict.Dunno,
        };
    }

    // It stands in a reply, which is ASCII.
    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : string.Concat(text.Trim().Take(LongestText).Select(c => c is < ' ' or > '~' ? '?' : c));
}
