namespace PolicyMTA.Policy.Scripting;

/// <summary>What outlives a session's engines: its variables as text, its randomness, its scores.</summary>
internal sealed class ScriptMemory(SessionVars vars, Func<int> seed)
{
    /// <summary>More than this in <c>session.vars</c> is not state of a session.</summary>
    public const int MaxVars = 64 * 1024;

    private Random? _random;

    public SessionVars Vars { get; } = vars;

    /// <summary>The score of the transaction.</summary>
    public double Score { get; set; }

    /// <summary>Counts that wait for the message to be accepted (<c>rate(…, { count: 'accepted' })</c>).</summary>
    public List<Func<CancellationToken, ValueTask>> OnAccepted { get; } = [];

    public double NextRandom() => (_random ??= new Random(seed())).NextDouble();
}
