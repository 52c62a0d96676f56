using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Interop;
using PolicyMTA.Policy.Lists;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting;

/// <summary>The module <c>'policymta'</c>.</summary>
internal static class PolicyModule
{
    /// <summary>What can be imported from it; the loader checks imports against this.</summary>
    public static readonly IReadOnlyList<string> Exports =
    [
        "reject", "defer", "disconnect", "defer_if_permit", "defer_if_reject", "permit", "dunno", "discard", "redirect", "bcc", "filter", "prepend", "hold",
        "delay", "route", "reroute", "retry", "bounce", "deliver", "warn", "info", "rule", "per_recipient", "warn_if_reject", "restrictions",
    ];

    /// <summary>How what is no verdict is called.</summary>
    public static readonly IReadOnlyList<string> Declarations =
    [
        "/** Names a function and says what its failure means; without it a failing rule defers. */ "
            + "function rule(fn: RuleFunction, options?: { name?: string, fallback?: 'defer' | 'dunno' | 'reject', budget?: Duration }): Rule",
        "/** In end_of_data.js and local_submission.js: decides recipient by recipient. */ function per_recipient(fn: RuleFunction<PerRecipientContext> | MadeRule): Rule",
        "/** Logs what the rule would refuse, and goes on. */ function warn_if_reject(rule: Rule): Rule",
        "/** The restrictions of the plugins. */ const restrictions: Restrictions",
    ];

    /// <param name="engine">The engine that gets the module.</param>
    /// <param name="makeRestriction">Makes what <c>r.NAME(…)</c> gives.</param>
    public static void Install(Engine engine, Func<string, JsValue[], JsValue> makeRestriction) => engine.Modules.Add(ModuleStore.PolicyModule, module =>
    {
        foreach (var (name, function) in new VerdictFunctions(engine).All()) module.ExportValue(name, function);
        module.ExportValue("rule", new ClrFunction(engine, "rule", (_, a) => new FunctionHandle(engine, Function(engine, a, "rule"), Options(engine, a.At(1)))));
        module.ExportValue("per_recipient", new ClrFunction(engine, "per_recipient", (_, a) =>
            new PerRecipientHandle(engine, a.At(0) is FunctionHandle handle ? handle : Function(engine, a, "per_recipient"))));
        module.ExportValue("warn_if_reject", new ClrFunction(engine, "warn_if_reject", (_, a) => new WarnHandle(engine, a.At(0))));
        module.ExportValue("restrictions", new RestrictionNames(engine, makeRestriction));
    });

    private static JsValue Function(Engine engine, JsValue[] arguments, string caller) =>
        arguments.At(0).IsCallable() ? arguments[0] : throw Mistake(engine, $"{caller} wants a function");

    private static FunctionOptions Options(Engine engine, JsValue value)
    {
        if (OptionalObject(engine, value, "the second argument", "name", "fallback", "budget") is not { } options) return new FunctionOptions();
        var budget = options.Get("budget");
        return new FunctionOptions(
            OptionalText(engine, options.Get("name"), "name"),
            OptionalText(engine, options.Get("fallback"), "fallback") switch
            {
                null or "defer" => Fallback.Defer,
                "dunno" => Fallback.Dunno,
                "reject" => Fallback.Reject,
                _ => throw Mistake(engine, "fallback must be 'defer', 'dunno' or 'reject'"),
            },
            budget.IsMissing() ? null : Duration(engine, budget, "budget"));
    }

    /// <summary>Any name is a function: which of them exist is the maker's to say, with the place of the call.</summary>
    private sealed class RestrictionNames(Engine engine, Func<string, JsValue[], JsValue> make) : ObjectInstance(engine)
    {
        private readonly Dictionary<string, ClrFunction> _made = new(StringComparer.Ordinal);

        public override JsValue Get(JsValue property, JsValue receiver)
        {
            if (!property.IsString()) return Undefined;
            var name = property.AsString();
            if (_made.TryGetValue(name, out var function)) return function;
            return _made[name] = new ClrFunction(Engine, name, (_, arguments) => make(name, arguments));
        }
    }
}
