using System.Collections.Concurrent;

namespace PolicyMTA.Policy.Scripting;

/// <summary>
/// Looks after sessions between transactions: one that goes on at once finds its engine, one that idles costs no memory. One timer serves all sessions of a generation.
/// </summary>
internal sealed class IdleEngines : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<SessionScript, bool> _watched = new();
    private readonly ITimer _timer;

    public IdleEngines(TimeProvider time) => _timer = time.CreateTimer(static me => ((IdleEngines)me!).LetGo(), this, Longest, Longest);

    public void Watch(SessionScript script) => _watched[script] = true;

    public void Dispose() => _timer.Dispose();

    private void LetGo()
    {
        foreach (var script in _watched.Keys)
        {
            if (script.LetIdleGo(Longest)) _watched.TryRemove(script, out _);
        }
    }
}
