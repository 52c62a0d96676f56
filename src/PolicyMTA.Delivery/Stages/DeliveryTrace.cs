using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Stages;

/// <summary>Hands on what a delivery stage decided, under the message's queue id. Collects nothing while nobody keeps traces.</summary>
internal sealed class DeliveryTrace(QueuedMessage message, string generation, IDecisionRecorder recorder)
{
    private readonly CollectedSteps _steps = new();

    /// <summary>Null when nobody wants it.</summary>
    public static DeliveryTrace? Of(QueuedMessage message, DeliveryGeneration generation) =>
        generation.Policies?.Recorder is { IsWanted: true } recorder ? new DeliveryTrace(message, generation.Hash, recorder) : null;

    public IDecisionTrace Steps => _steps;

    public void Pass(string command, string item, string outcome, TimeProvider time) => recorder.Take(new DecisionTrace
    {
        Time = time.GetUtcNow(),
        Session = message.Id.Value,
        Transaction = 0,
        QueueId = message.Id.Value,
        Generation = generation,
        Listener = "delivery",
        Client = message.Origin.Client,
        Helo = message.Origin.Helo,
        User = message.Origin.SaslUser ?? "",
        Sender = message.Sender.ToString(),
        Decisions = [new Decision(command, item, outcome, _steps.Steps)],
    });
}
