using PolicyMTA.Policy.Recording;

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

    /// <summary>What comes from outside is written down here, or read back; null: neither.</summary>
    public Tape? Tape { get; set; }

    /// <summary>What the clock says to rules.</summary>
    public DateTimeOffset Now(TimeProvider time) => Tape?.Now(time) ?? time.GetUtcNow();

    public double NextRandom() => (_random ??= new Random(seed())).NextDouble();
}
