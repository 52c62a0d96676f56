using System.Globalization;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>Collects what the local_submission list says of one message. It had no session: its queue id stands for one.</summary>
internal sealed class SubmissionTrace(IDecisionRecorder recorder)
{
    private readonly CollectedSteps _steps = new();

    /// <summary>What is told of each rule.</summary>
    internal IDecisionTrace Steps => _steps;

    /// <summary>Hands it on.</summary>
    internal void Pass(QueueId id, string generation, string user, Address sender, Refusal? refusal, DateTimeOffset now) => recorder.Take(new DecisionTrace
    {
        Time = now,
        Session = id.Value,
        Transaction = 1,
        QueueId = id.Value,
        Generation = generation,
        Listener = "pickup",
        Client = "local",
        User = user,
        Sender = sender.ToString(),
        Decisions = [new Decision("SUBMIT", "", refusal is null ? "250 accepted" : string.Create(CultureInfo.InvariantCulture, $"{refusal.Code} {refusal.Status} {refusal.Text}"), _steps.Steps)],
    });
}
