using System.Collections.Concurrent;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>The prepared policies of a generation: immutable, shared by all sessions that lease it.</summary>
public sealed class StagePolicies : IAsyncDisposable
{
    private readonly PreparedPolicies _prepared;
    private (StagePolicies Policies, ShadowCounts Counts)? _shadow;
    private readonly ConcurrentDictionary<string, ILookupTable> _tables = new(StringComparer.Ordinal);

    internal StagePolicies(PreparedPolicies prepared)
    {
        _prepared = prepared;
        Applied = new AppliedRestrictions(prepared.Options.Restrictions, prepared.Classes);
        Idle = new IdleEngines(prepared.Options.Services.Time);
    }

    /// <summary>The hash of the policies' texts.</summary>
    public string Hash => _prepared.Hash;

    /// <summary>Who takes the traces of sessions; null for nobody.</summary>
    public IDecisionRecorder? Recorder => Services.Recorder;

    /// <summary>The rules of every list, each once, with their places and what they were asked and said.</summary>
    public IReadOnlyList<RuleInForce> Rules =>
    [
        .. from list in _prepared.Sets.Values.SelectMany(set => Enum.GetValues<Stage>().Select(stage => set[stage])).Concat(_prepared.Classes.Values)
           from rule in list.Implied is { } implied ? list.Rules.Append(implied) : list.Rules
           where rule.Counts is not null
           group rule by rule.Counts into same
           select new RuleInForce(same.First().Place.File, same.First().Place.Line, same.Key!),
    ];

    /// <summary>What is asked once a message is queued.</summary>
    public DeliveryPolicy Delivery => field ??= new DeliveryPolicy(this, _prepared.Sets[""]);

    internal AppliedRestrictions Applied { get; }

    internal PolicyServices Services => _prepared.Options.Services;

    internal PolicyLimits Limits => _prepared.Options.Limits;

    internal bool DelayReject => _prepared.Options.DelayReject;

    internal IdleEngines Idle { get; }

    internal ModuleStore Modules => _prepared.Modules;

    /// <summary>Follows one session with the rules that its listener's set (<c>policies/NAME/</c> over <c>policies/</c>) has for each stage.</summary>
    /// <param name="set">The name of the listener's set.</param>
    /// <param name="vars">What an earlier generation's session left in <c>session.vars</c>; null at the start.</param>
    public SessionPolicy Start(string set, SessionVars? vars = null)
    {
        var tape = vars is null ? NewTape() : vars.Tape;
        if (_shadow is null && tape is null) return Start(set, vars, Services.Seed);
        // The same luck for all, else chance would look like a difference.
        var seed = Services.Seed();
        var session = Start(set, vars, () => seed);
        if (_shadow is { } shadow) session.Accompany(shadow.Policies.Start(set, vars?.Shadow, () => seed), shadow.Counts);
        if (tape is not null) session.Record(tape, set, seed);
        return session;
    }

    private RecordingTape? NewTape() => Services.Sessions is { IsWanted: true } recorder ? new RecordingTape(recorder, Services.Time.GetUtcNow()) : null;

    /// <summary>A session that is played again: it hears what was recorded.</summary>
    internal SessionPolicy Replay(string set, SessionVars? vars, int seed, ReplayTape tape)
    {
        var session = Start(set, vars, () => seed);
        session.Play(tape);
        return session;
    }

    /// <summary>Evaluates another set beside this one, without effect, in sessions that start from now on. It is disposed with this one. Called once, before the first.</summary>
    public void RunBeside(StagePolicies shadow, ShadowCounts counts) => _shadow = (shadow, counts);

    private SessionPolicy Start(string set, SessionVars? vars, Func<int> seed) =>
        new(this, _prepared.Sets.TryGetValue(set, out var lists) ? lists : _prepared.Sets[""], vars ?? new SessionVars(), seed);

    /// <summary>Disposes the restrictions that the policies made.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_shadow is { } shadow) await shadow.Policies.DisposeAsync();
        Idle.Dispose();
        await Applied.DisposeAsync();
        foreach (var restriction in _prepared.Restrictions)
        {
            if (restriction is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else (restriction as IDisposable)?.Dispose();
        }
    }

    internal StageList ListOf(string file) => _prepared.Lists[file];

    /// <summary>A table by name; one that a policy names as a literal was opened at load, so this only fails for computed names.</summary>
    internal ILookupTable OpenTable(string specification) => _tables.GetOrAdd(specification, static (name, services) => services.Tables.Open(name), Services);
}
