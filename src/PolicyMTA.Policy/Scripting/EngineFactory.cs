using Jint;
using Jint.Native;
using Jint.Runtime.Interop;

namespace PolicyMTA.Policy.Scripting;

/// <summary>Makes engines that can compute, and nothing else: no CLR, no files, no code from strings, bounded in every direction we know.</summary>
internal static class EngineFactory
{
    // Raw memory that no limit of the engine counts, and ways to run code elsewhere: a policy needs none of it.
    private static readonly JsString[] Removed =
    [
        .. new[]
        {
            "ArrayBuffer", "SharedArrayBuffer", "DataView", "Atomics", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
            "Uint32Array", "BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array", "Float64Array", "ShadowRealm", "WebAssembly", "Temporal",
        }.Select(JsString.Create),
    ];

    public static Engine Create(ModuleStore modules, PolicyLimits limits, Func<DateTimeOffset> now, RuleBudget budget, Func<double> random)
    {
        var options = new Options
        {
            Strict = true,
            TimeSystem = new PolicyClock(now),
            TimeZone = TimeZoneInfo.Utc,
        };
        options.Host.StringCompilationAllowed = false;
        options.Constraints.Constraints.Add(budget);
        options.LimitMemory(limits.Memory);
        options.Constraints.MaxRecursionDepth = limits.Recursion;
        // Without it a list nested a few thousand deep, turned to text, ends the process.
        options.Constraints.StackOverflowGuard = true;
        options.Constraints.RegexTimeout = limits.Regex;
        options.Constraints.MaxArraySize = (uint)limits.ArrayLength;
        options.EnableModules(modules);
        var engine = new Engine(options);
        foreach (var name in Removed) engine.Global.Delete(name);
        GrowthGuards.Install(engine, limits);
        ((Jint.Native.Object.ObjectInstance)engine.Global.Get("Math")).FastSetDataProperty("random", new ClrFunction(engine, "random", (_, _) => JsNumber.Create(random())));
        return engine;
    }
}
