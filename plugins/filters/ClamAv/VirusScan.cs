using System.Buffers.Binary;
using PolicyMTA.Filters.Scanning;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.ClamAv;

/// <summary>Streams a message to clamd and does what the options say about its answer. The message is never changed.</summary>
internal sealed class VirusScan(ClamAvOptions options, Scanner scanner) : IMessageScan
{
    private const int LongestAnswer = 4096;

    /// <inheritdoc/>
    public async ValueTask<Verdict> RunAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
    {
        var answer = context.Message.Size > options.MaxSize ? new ClamdAnswer.TooLarge() : await scanner.ScanAsync((stream, token) => AskAsync(stream, context.Message, token), cancellationToken);
        switch (answer)
        {
            case ClamdAnswer.Infected { Name: var name }:
                context.Results.Add(new AuthenticationResult("clamav", "infected") { IsPublished = false, Properties = [new("name", name)] });
                return OfInfected(name);
            case ClamdAnswer.TooLarge:
                scanner.CountOversize();
                return OfTooLarge();
            default:
                context.Results.Add(new AuthenticationResult("clamav", "clean") { IsPublished = false });
                return Verdict.Dunno;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        scanner.Dispose();
        return ValueTask.CompletedTask;
    }

    // Each piece behind its length, an empty one is the end. clamd may have seen enough before: then it answers and closes.
    private static async ValueTask<ClamdAnswer> AskAsync(Stream stream, IMessage message, CancellationToken cancellationToken)
    {
        var sent = await ScannedMessage.OfAsync(message, "", cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = new AnswerReader(stream).ReadUntilAsync(0, LongestAnswer, over.Token).AsTask();
        try
        {
            await stream.WriteAsync("zINSTREAM\0"u8.ToArray(), cancellationToken);
            var length = new byte[sizeof(int)];
            await sent.WriteAsync(async piece =>
            {
                if (answer.IsCompleted) return false;
                BinaryPrimitives.WriteInt32BigEndian(length, piece.Length);
                await stream.WriteAsync(length, cancellationToken);
                await stream.WriteAsync(piece, cancellationToken);
                return true;
            }, cancellationToken);
            if (!answer.IsCompleted) await stream.WriteAsync(new byte[sizeof(int)], cancellationToken);
        }
        catch (IOException)
        {
            // It closed; what it said before counts.
        }
        catch
        {
            await over.CancelAsync();
            await answer.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
        return ClamdAnswer.Parse(await answer);
    }

    private Verdict OfInfected(string name)
    {
        if (options.Infected == "accept") return Verdict.Dunno;
        scanner.CountRefused();
        return options.Infected == "quarantine" ? new Verdict.Hold($"virus {name}") : Refusals.Of(550, "5.7.1", $"Virus found: {name}", frame: ReplyFrame.None);
    }

    private Verdict OfTooLarge() => options.Oversize switch
    {
        "reject" => Refusals.Of(552, "5.3.4", "Message too large to be scanned", frame: ReplyFrame.None),
        "tempfail" => Refusals.Of(451, "4.3.4", "Message too large to be scanned", frame: ReplyFrame.None),
        "quarantine" => new Verdict.Hold("too large to be scanned for viruses"),
        _ => Verdict.Dunno,
    };
}
