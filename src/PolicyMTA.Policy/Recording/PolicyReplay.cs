using System.Text.Json;
using PolicyMTA.Policy.Shadow;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>Asks policies what recorded sessions asked theirs. One session at a time.</summary>
public sealed class PolicyReplay(StagePolicies policies)
{
    /// <summary>What is decided differently now, question by question; empty when nothing is.</summary>
    /// <exception cref="JsonException">The recording is not whole.</exception>
    public async ValueTask<ReplayResult> PlayAsync(RecordedSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var differences = new List<ReplayDifference>();
        var (asked, missed) = (0, 0);
        SessionVars? vars = null;
        foreach (var part in session.Parts)
        {
            var tape = new ReplayTape(part.Generation == policies.Hash);
            await using var policy = policies.Replay(part.Set, vars, part.Seed, tape);
            foreach (var question in part.Questions)
            {
                tape.Turn(question);
                asked++;
                var context = RecordedContext.Restore(question.Asked, question.Context);
                var decider = new DeciderTrace(null);
                policy.Trace = decider;
                var decision = await policy.AnswerAsync(question.Asked, context, cancellationToken);
                if (question.EndsTransaction) policy.EndTransaction();
                var message = (context as EndOfDataContext)?.Message as PlayedMessage;
                if (message?.WasMissed == true) missed++;
                else if (Compare(question, context, decision, message, decider.Place) is { } difference) differences.Add(difference);
            }
            vars = policy.Vars;
        }
        return new ReplayResult(session, asked, missed, differences);
    }

    private static ReplayDifference? Compare(RecordedQuestion question, ClientContext context, StageDecision decision, PlayedMessage? message, string? by)
    {
        var headers = message is null ? null : question.Headers ?? RecordingJson.Read<RecordedContext>(question.Context).Message!.Headers;
        var isSame = Text(question.Decision) == Text(decision);
        if (isSame && (headers is null || headers.SequenceEqual(message!.Headers))) return null;
        var (was, would) = (DecisionComparison.Describe(question.Decision), DecisionComparison.Describe(decision));
        return new ReplayDifference(question.Asked, About(context), isSame ? was + ", other header fields" : was, would, question.By, by);
    }

    private static string Text(StageDecision decision) => JsonSerializer.Serialize(decision, RecordingJson.Options);

    private static string About(ClientContext context) => context switch
    {
        DataContext c => $"from=<{c.Sender}> to={string.Join(',', c.Recipients.Select(r => $"<{r.Address}>"))}",
        RecipientContext c => $"from=<{c.Sender}> to=<{c.PeekRecipient().Address}>",
        SenderContext c => $"from=<{c.Sender}>",
        AuthContext c => $"user={c.Attempt.User}",
        VrfyContext c => $"<{c.Address}>",
        EtrnContext c => c.Domain,
        _ => context.Helo is { } helo ? $"helo=<{helo.Name}>" : "",
    };
}

/// <summary>What came of playing a session again. An immutable value.</summary>
/// <param name="Session">The session.</param>
/// <param name="Questions">How many questions were asked.</param>
/// <param name="Missed">To how many the answer can't be told, since the message's body was not recorded.</param>
/// <param name="Differences">What is decided differently.</param>
public sealed record ReplayResult(RecordedSession Session, int Questions, int Missed, IReadOnlyList<ReplayDifference> Differences);

/// <summary>A question that is answered differently. An immutable value.</summary>
/// <param name="Asked">What was asked.</param>
/// <param name="About">About whom.</param>
/// <param name="Was">What was decided.</param>
/// <param name="Would">What would be decided.</param>
/// <param name="By">Who decided; null for no rule.</param>
/// <param name="WouldBy">Who would; null for no rule.</param>
public sealed record ReplayDifference(Question Asked, string About, string Was, string Would, string? By, string? WouldBy);
