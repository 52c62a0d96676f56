namespace PolicyMTA.Policy;

/// <summary>Takes the traces of real sessions. Thread-safe; never blocks and never throws: what it has no room for is lost and counted.</summary>
public interface IDecisionRecorder
{
    /// <summary>False while nobody keeps or reads traces: sessions then need not collect any.</summary>
    bool IsWanted { get; }

    /// <summary>Is told each decision of a session before its reply is sent; most need not know it that early.</summary>
    void Hear(string session, Decision decision) { }

    /// <summary>Takes one.</summary>
    void Take(DecisionTrace trace);
}
