using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using PolicyMTA.Policy;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Delegation;

/// <summary>
/// Answers another MTA's <c>check_policy_service</c> with what our policies say (Postfix SMTPD_POLICY_README). Each question stands for itself: it is asked of a policy session of its own.
/// Whether the other server relays is its business: relay.js and the core's own check are not asked. A question that can't be answered closes the connection, and the other server
/// takes its default action. Thread-safe.
/// </summary>
public sealed partial class PolicyServer(DelegationSettings settings, TimeProvider time, ILogger log) : IConnectionService
{
    internal static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);
    // Postfix gives up after 100 s (smtpd_policy_service_timeout).
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <inheritdoc/>
    public async ValueTask ServeAsync(IDuplexPipe connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        while (!cancellationToken.IsCancellationRequested && await ReadAsync(connection.Input, cancellationToken) is { } question)
        {
            using var limit = new CancellationTokenSource(Patience, time);
            if (await FindAnswerAsync(question, limit.Token) is not { } action) return;
            if (action != DelegatedAnswer.Pass) Log.Answered(log, settings.Listener, question["protocol_state"], question["client_address"], question["sender"], question["recipient"], action);
            if (!await TryWriteAsync(connection.Output, action, limit.Token)) return;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The next question; null when the client is done, idle for too long, or to be left.</summary>
    private async ValueTask<DelegatedQuestion?> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        using var idle = new CancellationTokenSource(Idle, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            var bytes = read.Buffer;
            var question = DelegatedQuestion.TakeFrom(ref bytes);
            input.AdvanceTo(bytes.Start, question is null ? read.Buffer.End : bytes.Start);
            if (question is not null || read.IsCompleted) return question;
        }
    }

    /// <summary>The answer; null when it takes too long.</summary>
    private async ValueTask<string?> FindAnswerAsync(DelegatedQuestion question, CancellationToken limit)
    {
        try
        {
            return await AnswerAsync(question, limit);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Log.TooLong(log, settings.Listener, Patience.TotalSeconds);
            return null;
        }
    }

    /// <summary>False when the client does not read its answer in time.</summary>
    private async ValueTask<bool> TryWriteAsync(PipeWriter output, string action, CancellationToken limit)
    {
        try
        {
            await output.WriteAsync(DelegatedAnswer.Write(action), limit);
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Log.TooLong(log, settings.Listener, Patience.TotalSeconds);
            return false;
        }
    }

    private async ValueTask<string> AnswerAsync(DelegatedQuestion question, CancellationToken cancellationToken)
    {
        var session = DelegatedFacts.Session(question, settings);
        await using var policy = settings.Policies.Start(settings.PolicySet);
        var recorder = settings.Policies.Recorder is { IsWanted: true } wanted ? wanted : null;
        var steps = recorder is null ? null : new CollectedSteps();
        policy.Trace = steps;
        string action;
        try
        {
            action = await AskAsync(policy, question, session, cancellationToken);
        }
        catch (TemporaryFailureException failure)
        {
            Log.LookupFailed(log, settings.Listener, failure.Message);
            action = "451 4.3.0 Temporary lookup failure";
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            recorder?.Take(Trace(question, session, "(no answer in time)", steps!.Steps));
            throw;
        }
        recorder?.Take(Trace(question, session, action, steps!.Steps));
        return action;
    }

    // Found by the other server's queue id, once it has one, and by what it calls the transaction.
    private DecisionTrace Trace(DelegatedQuestion question, SessionFacts session, string action, IReadOnlyList<DecisionStep> steps) => new()
    {
        Time = time.GetUtcNow(),
        Session = session.Id,
        Transaction = 1,
        QueueId = DelegatedFacts.QueueIdOf(question),
        Generation = settings.Generation,
        Listener = settings.Listener,
        Client = session.Client.ToString(),
        Helo = session.Helo?.Name ?? "",
        User = session.Sasl?.User ?? "",
        Sender = question["sender"],
        Decisions = [new Decision(question["protocol_state"], question["recipient"], action, steps)],
    };

    private async ValueTask<string> AskAsync(SessionPolicy policy, DelegatedQuestion question, SessionFacts session, CancellationToken cancellationToken)
    {
        var transaction = DelegatedFacts.Transaction(question, settings.Addresses);
        switch (question["protocol_state"])
        {
            case "CONNECT": return DelegatedAnswer.Of(await policy.ClientAsync(new ClientContext(session), cancellationToken));
            case "HELO" or "EHLO": return DelegatedAnswer.Of(await policy.HeloAsync(new HeloContext(session), cancellationToken));
            case "MAIL": return DelegatedAnswer.Of(await policy.SenderAsync(new SenderContext(session, transaction), cancellationToken));
            case "RCPT": return DelegatedAnswer.Of(await policy.AdviseAsync(new RecipientContext(session, transaction, await RecipientAsync(question, cancellationToken)), cancellationToken));
            case "DATA":
                // Of several recipients the question has none.
                IReadOnlyList<Recipient> recipients = question["recipient"].Length > 0 ? [await RecipientAsync(question, cancellationToken)] : [];
                return DelegatedAnswer.Of(await policy.DataAsync(new DataContext(session, transaction, recipients), cancellationToken));
            case "VRFY": return Of(await policy.VrfyAsync(new VrfyContext(session, Address.FromInternal(question["recipient"])), cancellationToken));
            case "ETRN": return Of(await policy.EtrnAsync(new EtrnContext(session, question["etrn_domain"]), cancellationToken));
            // The message itself is not in a question, and rules of end_of_data.js are about it.
            default: return DelegatedAnswer.Pass;
        }
    }

    private static string Of(Refusal? refusal) => refusal is null ? DelegatedAnswer.Pass : DelegatedAnswer.Of(refusal);

    private async ValueTask<Recipient> RecipientAsync(DelegatedQuestion question, CancellationToken cancellationToken)
    {
        var given = Address.FromInternal(question["recipient"]);
        var address = settings.Addresses.Complete(given);
        return new Recipient
        {
            Address = address,
            Given = given,
            Class = await PluginCall.WithinAsync(settings.Addresses.ClassifyAsync(address, cancellationToken), time, cancellationToken),
            Extension = settings.Addresses.FindExtension(address),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "listener {Listener}: {State} from {Client}: from=<{Sender}> to=<{Recipient}>: {Action}")]
        public static partial void Answered(ILogger logger, string listener, string state, string client, string sender, string recipient, string action);

        [LoggerMessage(Level = LogLevel.Warning, Message = "listener {Listener}: no answer within {Seconds} s; the connection is closed")]
        public static partial void TooLong(ILogger logger, string listener, double seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "listener {Listener}: a lookup failed: {Reason}")]
        public static partial void LookupFailed(ILogger logger, string listener, string reason);
    }
}
