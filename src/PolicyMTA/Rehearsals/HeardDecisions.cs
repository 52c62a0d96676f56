using System.Collections.Concurrent;
using PolicyMTA.Policy;

namespace PolicyMTA.Rehearsals;

/// <summary>Keeps the decisions of the session that was spoken to last, until they are taken. Thread-safe.</summary>
internal sealed class HeardDecisions : IDecisionRecorder
{
    private readonly ConcurrentQueue<Decision> _heard = new();

    /// <inheritdoc/>
    public bool IsWanted => true;

    /// <inheritdoc/>
    public void Hear(string session, Decision decision) => _heard.Enqueue(decision);

    /// <inheritdoc/>
    public void Take(DecisionTrace trace)
    {
    }

    /// <summary>The decisions since the last call, in order.</summary>
    public IReadOnlyList<Decision> TakeAll()
    {
        var all = new List<Decision>();
        while (_heard.TryDequeue(out var decision)) all.Add(decision);
        return all;
    }
}
