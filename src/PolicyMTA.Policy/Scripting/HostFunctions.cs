using Jint;
using Jint.Native;
using Jint.Native.Json;
using Jint.Native.Object;
using Jint.Runtime.Interop;
using Microsoft.Extensions.Logging;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting;

/// <summary>What every context offers to do (POLICY_API "On every context"): the only ways out of an engine.</summary>
internal sealed partial class HostFunctions(ScriptEngine script)
{
    public static readonly IReadOnlyList<string> Members =
    [
        "/** Throws when the table can't say for now, which defers. */ lookup(table: string, key: string, as?: 'exact' | 'address' | 'host'): Promise<string | null>",
        "dns: Dns",
        "/** Asks a list for an address or a name. */ dnsbl(zone: string, what: string): Promise<Listing>",
        "/** The limit is like '200/h'. */ rate(key: string, limit: string, options?: { cost?: number, count?: 'now' | 'accepted' }): Promise<Rate>",
        "/** How many different values the key had. */ distinct(key: string, value: string, window: Duration): Promise<number>",
        "greylist(key: string, options: { delay: Duration }): Promise<Grey>",
        "counter(key: string): Counter",
        "/** What the next hop says to RCPT, remembered; 'unknown' while it is being asked, and when it could not say. */ verify_address(address: string): Promise<'deliverable' | 'undeliverable' | 'unknown'>",
        "/** Asks an endpoint that the configuration names. */ http(name: string, request?: any): Promise<any>",
        "/** Tells an endpoint that the configuration names, without waiting. */ event(name: string, data?: any): void",
        "/** Adds to a number that the server shows as a metric. */ metric(name: string, value?: number): void",
        "score(symbol: string, points: number): void",
        "log: Log",
        "/** Seconds since 1970. */ now(): number",
        "random(): number",
    ];

    public static readonly IReadOnlyList<string> Names = [.. Members.Select(TypeDeclaration.NameOf)];

    public static readonly TypeDeclaration LogDeclaration = new("Log", "info(text: string): void", "warn(text: string): void");

    private readonly Dictionary<string, JsValue> _made = new(StringComparer.Ordinal);
    private readonly DnsFunctions _dns = new(script);
    private readonly CounterFunctions _counters = new(script);
    private readonly EndpointFunctions _endpoints = new(script);
    private string _session = "";

    /// <summary><c>session.vars</c>; null while no rule has looked at it.</summary>
    public JsValue? Vars { get; private set; }

    public JsValue Get(string name, ContextState state)
    {
        _session = state.Context.Session.Id;
        if (!_made.TryGetValue(name, out var made)) _made[name] = made = Make(name);
        return made;
    }

    public JsValue VarsObject()
    {
        if (Vars is not null) return Vars;
        var kept = script.Memory.Vars.Json;
        return Vars = kept is null ? new JsObject(script.Engine) : new JsonParser(script.Engine).Parse(kept);
    }

    private JsValue Make(string name) => name switch
    {
        "lookup" => Function(name, Lookup),
        "dns" => _dns.Create(),
        "dnsbl" => Function(name, _dns.FindInList),
        "rate" => Function(name, _counters.Rate),
        "distinct" => Function(name, _counters.Distinct),
        "greylist" => Function(name, _counters.Greylist),
        "counter" => Function(name, _counters.Counter),
        "verify_address" => Function(name, new VerifyFunction(script).Verify),
        "http" => Function(name, _endpoints.Http),
        "event" => Function(name, _endpoints.Event),
        "metric" => Function(name, _endpoints.Metric),
        "score" => Function(name, Score),
        "log" => LogObject(),
        "now" => Function(name, _ => JsNumber.Create(script.Memory.Now(script.Services.Time).ToUnixTimeMilliseconds() / 1000.0)),
        _ => Function(name, _ => JsNumber.Create(script.Memory.NextRandom())),
    };

    private ClrFunction Function(string name, Func<JsValue[], JsValue> call) => new(script.Engine, name, (_, arguments) => call(arguments));

    private JsValue Lookup(JsValue[] arguments)
    {
        var table = Text(script.Engine, arguments, 0, "the table");
        var key = Text(script.Engine, arguments, 1, "the key");
        var keys = (OptionalText(script.Engine, arguments.At(2), "the kind of key") ?? "exact") switch
        {
            "exact" => [key],
            "address" => LookupKeys.OfAddress(key),
            "host" => LookupKeys.OfHost(key),
            _ => throw Mistake(script.Engine, "the kind of key is 'exact', 'address' or 'host'"),
        };
        return script.Pump.Promise("lookup", arguments, () => FindAsync(table, keys, script.Pump.Token), Record.Text);
    }

    private async ValueTask<string?> FindAsync(string specification, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var table = script.Policies.OpenTable(specification);
        foreach (var key in table.AcceptsPartialKeys ? keys : keys.Take(1))
        {
            var result = await table.FindFoldedAsync(key, cancellationToken);
            if (result.IsFailure)
            {
                Log.LookupFailed(script.Services.Logger, _session, specification, result.Failure ?? "");
                throw new TemporaryFailureException("a lookup failed for now");
            }
            if (result.IsFound) return result.Value;
        }
        return null;
    }

    private JsValue Score(JsValue[] arguments)
    {
        var symbol = Text(script.Engine, arguments, 0, "the symbol");
        var points = OptionalNumber(script.Engine, arguments.At(1), "the points") ?? throw Mistake(script.Engine, "the points are missing");
        script.Memory.Score += points;
        Log.Score(script.Services.Logger, _session, RefusalFraming.Neuter(symbol, 100), points, script.Memory.Score);
        return JsValue.Undefined;
    }

    private JsObject LogObject()
    {
        var log = new JsObject(script.Engine);
        log.FastSetDataProperty("info", Function("info", a => Note(a, false)));
        log.FastSetDataProperty("warn", Function("warn", a => Note(a, true)));
        return log;
    }

    private JsValue Note(JsValue[] arguments, bool isWarning)
    {
        var text = RefusalFraming.Neuter(Text(script.Engine, arguments, 0, "the text"), 1000);
        if (isWarning) Log.Warn(script.Services.Logger, _session, text);
        else Log.Info(script.Services.Logger, _session, text);
        return JsValue.Undefined;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: lookup in {Table} failed: {Cause}")]
        public static partial void LookupFailed(ILogger logger, string session, string table, string cause);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Session}: score {Symbol} {Points}, now {Sum}")]
        public static partial void Score(ILogger logger, string session, string symbol, double points, double sum);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: policy: {Text}")]
        public static partial void Warn(ILogger logger, string session, string text);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Session}: policy: {Text}")]
        public static partial void Info(ILogger logger, string session, string text);
    }
}
