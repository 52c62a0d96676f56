using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Commands;

/// <summary>Hands messages to commands (pipe(8)): one run for each attempt, or for each recipient where the fields in front speak of one.</summary>
internal sealed partial class PipeTransport(TimeProvider time, ILogger logger)
{
    private static readonly EnhancedStatus TooLarge = new(5, 2, 3);
    private static readonly EnhancedStatus BadAddress = new(5, 1, 3);

    private static readonly EnhancedStatus Loop = new(5, 4, 6);

    private readonly CommandRunner _runner = new(time);

    public async ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, PipeSettings pipe, DeliverySettings settings, string name, CancellationToken cancellationToken)
    {
        if (pipe.SizeLimit > 0 && request.Message.Content.Length > pipe.SizeLimit)
        {
            var text = $"message size {request.Message.Content.Length} exceeds size limit {pipe.SizeLimit}";
            return [.. request.Recipients.Select(recipient => RecipientOutcomes.Of(recipient, name, TooLarge, text))];
        }
        var isForOne = pipe.Flags.AsSpan().ContainsAny("DO");
        var outcomes = new List<RecipientOutcome>(request.Recipients.Count);
        var trace = pipe.Flags.Contains('D', StringComparison.Ordinal) ? await TraceFields.ReadAsync(request.Message.Content, cancellationToken) : null;
        foreach (var recipients in isForOne ? request.Recipients.Select(one => (IReadOnlyList<QueuedRecipient>)[one]) : [request.Recipients])
        {
            var (status, text) = trace?.HasReached(recipients[0].Address) == true ? (Loop, $"mail forwarding loop for {recipients[0].Address}") : await RunAsync(request, recipients, pipe, settings, cancellationToken);
            outcomes.AddRange(recipients.Select(recipient => RecipientOutcomes.Of(recipient, name, status, text)));
        }
        return outcomes;
    }

    private async ValueTask<(EnhancedStatus Status, string Text)> RunAsync(DeliveryRequest request, IReadOnlyList<QueuedRecipient> recipients, PipeSettings pipe, DeliverySettings settings, CancellationToken cancellationToken)
    {
        List<string> words;
        try
        {
            words = new CommandMacros(request, pipe, settings.RecipientDelimiter).Expand(recipients);
        }
        catch (FormatException unsafeValue)
        {
            return (BadAddress, "bad address syntax: " + unsafeValue.Message);
        }
        // Outside the run: content that can't be read is the queue's trouble, not the command's.
        await using var stream = request.Message.Content.Segments is null ? await request.Message.Content.OpenReadAsync(cancellationToken) : null;
        var content = new CommandContent(request.Message, pipe);
        var run = new CommandRun(words, pipe.User, pipe.Directory ?? "/", CommandRun.BaseEnvironment(), pipe.TimeLimit);
        var end = await _runner.RunAsync(run, (input, token) => content.WriteAsync(input, recipients is [var one] ? one : null, stream, token), cancellationToken);
        if (end is CommandEnd.NotStarted failed) Log.NotStarted(logger, request.Message.Id, words[0], failed.Reason);
        return SystemExit.Read(end, words[0], "delivered via " + Path.GetFileName(words[0]));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: {Program} could not be started: {Reason}")]
        public static partial void NotStarted(ILogger logger, QueueId queueId, string program, string reason);
    }
}
