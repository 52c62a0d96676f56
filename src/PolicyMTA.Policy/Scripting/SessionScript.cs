using Jint;
using Jint.Native;
using Jint.Runtime;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting;

/// <summary>
/// The JavaScript of a session. Its engine is made when a function first runs, and thrown away when the session idles between transactions, or at once when a
/// rule broke a limit: nothing is known of its state then.
/// </summary>
internal sealed class SessionScript(StagePolicies policies, SessionVars vars, Func<int> seed) : IDisposable
{
    private ScriptEngine? _engine;
    private IdleEngine? _idle;

    /// <summary>What outlives its engines.</summary>
    public ScriptMemory Memory { get; } = new(vars, seed);

    public async ValueTask<RuleAnswer> CallAsync(
        FunctionRule rule, RuleScope scope, ClientContext context, Recipient? recipient, CancellationToken cancellationToken)
    {
        try
        {
            var engine = _engine ??= Interlocked.Exchange(ref _idle, null)?.Engine ?? new ScriptEngine(policies, Memory);
            var value = await engine.CallAsync(rule, new ContextState(context, recipient), scope.Deadline, cancellationToken);
            return ReturnedValue.Read(value);
        }
        catch (PolicyMistakeException e)
        {
            return new RuleAnswer(scope.Failures.OfPolicy(rule, context, e.Message)) { IsFailure = true };
        }
        catch (JavaScriptException e)
        {
            return new RuleAnswer(scope.Failures.OfFunction(rule, rule.Options.Fallback, context, Describe(e))) { IsFailure = true };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Discard();
            return new RuleAnswer(scope.Failures.OfFunction(rule, rule.Options.Fallback, context, Describe(e))) { IsFailure = true };
        }
    }

    /// <summary>Counts what was to be counted once the message is accepted.</summary>
    public async ValueTask AcceptAsync(CancellationToken cancellationToken)
    {
        foreach (var count in Memory.OnAccepted) await count(cancellationToken);
        Memory.OnAccepted.Clear();
    }

    public void EndTransaction()
    {
        Memory.Score = 0;
        Memory.OnAccepted.Clear();
        if (_engine is null) return;
        if (!TryKeep(_engine)) return;
        _idle = new IdleEngine(_engine, policies.Services.Time.GetTimestamp());
        _engine = null;
        policies.Idle.Watch(this);
    }

    /// <summary>Called by another thread: lets an engine go that has idled for long. False while there is one to come back for.</summary>
    public bool LetIdleGo(TimeSpan longest)
    {
        var idle = Volatile.Read(ref _idle);
        if (idle is null) return true;
        if (policies.Services.Time.GetElapsedTime(idle.Since) < longest) return false;
        // Whoever takes it out of the slot owns it: the session or we.
        if (Interlocked.CompareExchange(ref _idle, null, idle) == idle) idle.Engine.Dispose();
        return true;
    }

    /// <summary>Brings <see cref="SessionVars"/> up to date while an engine lives.</summary>
    public void KeepVars()
    {
        if (_engine is not null) TryKeep(_engine);
    }

    public void Dispose()
    {
        Discard();
        Interlocked.Exchange(ref _idle, null)?.Engine.Dispose();
    }

    /// <summary>False when the engine is gone: the policy broke it.</summary>
    private bool TryKeep(ScriptEngine engine)
    {
        try
        {
            if (engine.SaveVars() is { } json) Memory.Vars.Json = json;
            return true;
        }
        catch (Exception e) when (e is JintException and not (StatementsCountOverflowException or MemoryLimitExceededException))
        {
            // Variables that can't be written as JSON keep their last good text.
            return true;
        }
        catch (Exception)
        {
            // A rule may have taken away what we write them with, or broke a limit: nothing is known of the engine's state.
            Discard();
            return false;
        }
    }

    private void Discard()
    {
        _engine?.Dispose();
        _engine = null;
    }

    private static string Describe(Exception e)
    {
        var place = JintException.TryGetJavaScriptLocation(e, out var at) && at.Start.Line > 0 ? $" at {at.SourceFile}:{at.Start.Line}:{at.Start.Column + 1}" : "";
        var text = e is RuleBudgetException or JintException ? e.Message : e.GetType().Name;
        return RefusalFraming.Neuter(text, 300) + place;
    }

    private sealed record IdleEngine(ScriptEngine Engine, long Since);
}
