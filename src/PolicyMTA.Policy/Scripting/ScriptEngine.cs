using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime.Interop;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting;

/// <summary>
/// One engine with the modules of a generation. Belongs to one session and is used by one flow: promises are settled in <see cref="PromisePump"/> and nowhere else.
/// </summary>
internal sealed class ScriptEngine : IDisposable
{
    private readonly StagePolicies _policies;
    private readonly RuleBudget _budget = new();
    private readonly Dictionary<string, JsValue[]> _lists = new(StringComparer.Ordinal);
    private readonly HostFunctions _host;

    public ScriptEngine(StagePolicies policies, ScriptMemory memory)
    {
        _policies = policies;
        Memory = memory;
        _budget.Start(int.MaxValue, TimeSpan.FromSeconds(30));
        Engine = EngineFactory.Create(policies.Modules, policies.Limits, () => memory.Now(policies.Services.Time), _budget, memory.NextRandom);
        Pump = new PromisePump(Engine, policies.Services.Time, memory);
        PolicyModule.Install(Engine, (name, _) => new RestrictionHandle(Engine, name));
        _host = new HostFunctions(this);
    }

    public Engine Engine { get; }

    public PromisePump Pump { get; }

    public ScriptMemory Memory { get; }

    public PolicyServices Services => _policies.Services;

    public PolicyLimits Limits => _policies.Limits;

    public StagePolicies Policies => _policies;

    public HostFunctions Host => _host;

    /// <summary>Calls a function rule and awaits what it returns.</summary>
    public async ValueTask<JsValue> CallAsync(FunctionRule rule, ContextState state, RuleDeadline deadline, CancellationToken cancellationToken)
    {
        var budget = rule.Options.Budget is { } declared && declared < Limits.Budget ? declared : Limits.Budget;
        _budget.Start(Limits.Statements, budget);
        state.Engine = this;
        state.Until = Services.Time.GetTimestamp() + (long)(budget.TotalSeconds * Services.Time.TimestampFrequency);
        Pump.Start(deadline, state.Until);
        var function = Find(rule);
        var value = Engine.Call(function, [ContextLayout.Create(Engine, state)]);
        return value.IsPromise() ? await Pump.SettleAsync(value, cancellationToken) : value;
    }

    /// <summary>The text of <c>session.vars</c>; null when no rule looked at them or they can't be kept.</summary>
    public string? SaveVars()
    {
        if (_host.Vars is not { } vars) return null;
        _budget.Start(Limits.Statements, Limits.Budget);
        var json = ((ObjectInstance)Engine.Global.Get("JSON")).Get("stringify");
        var text = Engine.Call(json, [vars]);
        return text.IsString() && text.AsString().Length <= ScriptMemory.MaxVars ? text.AsString() : null;
    }

    public void Dispose() => Engine.Dispose();

    private JsValue Find(FunctionRule rule)
    {
        var file = rule.Address.File;
        if (!_lists.TryGetValue(file, out var functions)) _lists[file] = functions = Evaluate(file);
        return functions[rule.Address.Index];
    }

    private JsValue[] Evaluate(string file)
    {
        var exported = Engine.Modules.Import(file).Get("default");
        var elements = exported is JsArray list ? list.ToArray() : [exported];
        var expected = _policies.ListOf(file).Rules;
        if (!elements.Select(ListElement.KindOf).SequenceEqual(expected.Select(r => r.Kind)))
            throw new PolicyMistakeException($"the list of {file} came out differently than when it was loaded");
        return [.. elements.Select(ListElement.FunctionOf)];
    }
}
