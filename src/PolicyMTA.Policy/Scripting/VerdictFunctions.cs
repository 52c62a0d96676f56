using Jint;
using System.Net;
using Jint.Native;
using Jint.Runtime;
using Jint.Runtime.Interop;
using PolicyMTA.Sdk;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting;

/// <summary>The verdicts that <c>'policymta'</c> exports (POLICY_API "Verdicts").</summary>
internal sealed class VerdictFunctions(Engine engine)
{
    private static readonly EnhancedStatus Policy = new(5, 7, 1);

    /// <summary>How they are called.</summary>
    public static readonly IReadOnlyList<string> Declarations =
    [
        "function reject(text?: string | null, options?: Refusal): Verdict",
        "function defer(text?: string | null, options?: Refusal): Verdict",
        "function disconnect(text?: string | null, options?: { code?: 421 | 521 }): Verdict",
        "function defer_if_permit(text?: string | null): Verdict",
        "function defer_if_reject(text?: string | null): Verdict",
        "const permit: { (): Verdict, /** In relay.js: lets the recipient be relayed. */ relay(why: string): Verdict }",
        "function dunno(): Verdict",
        "function discard(why?: string | null): Verdict",
        "function redirect(address: string): Verdict",
        "function bcc(address: string): Verdict",
        "/** transport:nexthop */ function filter(destination: string): Verdict",
        "/** Name: value */ function prepend(field: string): Verdict",
        "function hold(why: string, options?: { name?: string, expire?: Duration }): Verdict",
        "function delay(duration: Duration): Verdict",
        "/** In route.js and attempt.js. */ function route(route: RouteOptions): Verdict",
        "/** In result.js: another way for all further attempts. */ function reroute(route: RouteOptions | Verdict): Verdict",
        "/** In delivery: waits, and tries again. */ function retry(options?: { after?: Duration }, text?: string): Verdict",
        "/** In delivery: returns the mail. */ function bounce(text?: string | null, options?: Refusal): Verdict",
        "/** In result.js: counts as delivered. */ function deliver(why?: string | null): Verdict",
        "function warn(text: string): Verdict",
        "function info(text: string): Verdict",
    ];

    public IEnumerable<(string Name, JsValue Function)> All() =>
    [
        ("reject", Function("reject", a => Refuse(a, 554, 500, "Access denied"))),
        ("defer", Function("defer", a => Refuse(a, 450, 400, "Try again later"))),
        ("disconnect", Function("disconnect", Disconnect)),
        ("defer_if_permit", Function("defer_if_permit", a => new Verdict.DeferIfPermit(Latch(a, "defer_if_permit requested")))),
        ("defer_if_reject", Function("defer_if_reject", a => new Verdict.DeferIfReject(Latch(a, "defer_if_reject requested")))),
        ("permit", Permit()),
        ("dunno", Function("dunno", _ => Verdict.Dunno)),
        ("discard", Function("discard", a => new Verdict.Discard(OptionalText(engine, a.At(0), "the reason")))),
        ("redirect", Function("redirect", a => new Verdict.Redirect(Address(engine, a)))),
        ("bcc", Function("bcc", a => new Verdict.Bcc(Address(engine, a)))),
        ("filter", Function("filter", Filter)),
        ("prepend", Function("prepend", Prepend)),
        ("hold", Function("hold", Hold)),
        ("route", Function("route", Route)),
        ("reroute", Function("reroute", a => a.At(0) is VerdictHandle { Verdict: Verdict.Route route } ? route : Route(a))),
        ("retry", Function("retry", Retry)),
        ("bounce", Function("bounce", a => Refuse(a, 550, 500, "Message rejected by policy"))),
        ("deliver", Function("deliver", a => new Verdict.Deliver(OptionalText(engine, a.At(0), "the reason")))),
        ("delay", Function("delay", a => new Verdict.Delay(Duration(engine, a.At(0), "the delay")))),
        ("warn", Function("warn", a => new Verdict.Log(Text(engine, a, 0, "the text"), true))),
        ("info", Function("info", a => new Verdict.Log(Text(engine, a, 0, "the text"), false))),
    ];

    private ClrFunction Function(string name, Func<JsValue[], Verdict> make) => new(engine, name, (_, a) => new VerdictHandle(engine, make(a)));

    private ClrFunction Permit()
    {
        var permit = Function("permit", _ => Verdict.Permit);
        permit.FastSetDataProperty("relay", new ClrFunction(engine, "relay", (_, a) =>
            new VerdictHandle(engine, Verdict.Permit, Text(engine, a, 0, "the reason for relaying"))));
        return permit;
    }

    private Verdict.Refuse Refuse(JsValue[] a, int code, int codeClass, string text)
    {
        text = OptionalText(engine, a.At(0), "the text") ?? text;
        if (OptionalObject(engine, a.At(1), "the second argument", "code", "status") is not { } options) return new(code, Policy, text);
        return new(Code(options.Get("code"), code, codeClass), Status(options.Get("status")) ?? Policy, text);
    }

    private int Code(JsValue value, int code, int codeClass)
    {
        if (OptionalNumber(engine, value, "code") is not { } given) return code;
        return given >= codeClass && given < codeClass + 100 && given % 1 == 0
            ? (int)given
            : throw Mistake(engine, $"code must be {codeClass} to {codeClass + 99}");
    }

    private EnhancedStatus? Status(JsValue value)
    {
        if (OptionalText(engine, value, "status") is not { } text) return null;
        return EnhancedStatus.TryParse(text, out var status) && status.Class != 2 ? status : throw Mistake(engine, "status must be like '5.7.1'");
    }

    private Verdict.Refuse Disconnect(JsValue[] a)
    {
        var text = OptionalText(engine, a.At(0), "the text") ?? "Service unavailable";
        var code = OptionalNumber(engine, OptionalObject(engine, a.At(1), "the second argument", "code")?.Get("code") ?? JsValue.Undefined, "code") ?? 421;
        if (code is not (421 or 521)) throw Mistake(engine, "code must be 421 or 521");
        return new Verdict.Refuse((int)code, Policy, text) { Disconnects = true };
    }

    private Verdict.Refuse Latch(JsValue[] a, string text) => new(450, new EnhancedStatus(4, 7, 0), OptionalText(engine, a.At(0), "the text") ?? text);

    private Verdict.Filter Filter(JsValue[] a)
    {
        var destination = Text(engine, a, 0, "the destination");
        return destination.Contains(':') ? new Verdict.Filter(destination) : throw Mistake(engine, "filter wants 'transport:nexthop'");
    }

    private Verdict.Route Route(JsValue[] a)
    {
        var options = OptionalObject(engine, a.At(0), "the route", "transport", "nexthop", "priority", "not_before", "expire", "tls", "source", "pool") ?? throw Mistake(engine, "a route is an object such as { transport: 'smtp' }");
        return new Verdict.Route
        {
            Transport = Word(options.Get("transport"), "transport"),
            NextHop = Word(options.Get("nexthop"), "nexthop"),
            Priority = OneOf<DeliveryPriority>(options.Get("priority"), "priority"),
            NotBefore = OptionalDuration(options.Get("not_before"), "not_before"),
            Expire = OptionalDuration(options.Get("expire"), "expire"),
            Tls = OneOf<TlsLevel>(options.Get("tls"), "tls"),
            Source = OptionalText(engine, options.Get("source"), "source") is not { } source ? null
                : IPAddress.TryParse(source, out var address) ? address : throw Mistake(engine, "source must be an IP address"),
            Pool = OptionalText(engine, options.Get("pool"), "pool"),
        };
    }

    private string? Word(JsValue value, string what) => OptionalText(engine, value, what) switch
    {
        null => null,
        { Length: > 0 } text when !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) && (what != "transport" || !text.Contains(':')) => text,
        _ => throw Mistake(engine, $"that is no {what}"),
    };

    private T? OneOf<T>(JsValue value, string what) where T : struct, Enum
    {
        if (OptionalText(engine, value, what) is not { } text) return null;
        var names = Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).ToList();
        return names.IndexOf(text) is >= 0 and var at ? Enum.GetValues<T>()[at] : throw Mistake(engine, $"{what} must be one of {string.Join(", ", names)}");
    }

    private TimeSpan? OptionalDuration(JsValue value, string what) => value.IsMissing() ? null : Duration(engine, value, what);

    private Verdict.Refuse Retry(JsValue[] a)
    {
        var options = OptionalObject(engine, a.At(0), "the first argument", "after");
        return new(450, new EnhancedStatus(4, 7, 1), OptionalText(engine, a.At(1), "the text") ?? "Deferred by policy")
        {
            RetryAfter = OptionalDuration(options?.Get("after") ?? JsValue.Undefined, "after"),
        };
    }

    private Verdict.Prepend Prepend(JsValue[] a)
    {
        var text = Text(engine, a, 0, "the header field");
        var colon = text.IndexOf(':');
        var isField = colon > 0 && text.AsSpan(0, colon).IndexOfAnyExceptInRange('!', '~') < 0 && text.AsSpan().IndexOfAny('\r', '\n', '\0') < 0;
        return isField ? new Verdict.Prepend(new HeaderField(text[..colon], text[(colon + 1)..])) : throw Mistake(engine, "prepend wants 'Name: value'");
    }

    private Verdict.Hold Hold(JsValue[] a)
    {
        var why = Text(engine, a, 0, "the reason");
        if (OptionalObject(engine, a.At(1), "the second argument", "name", "expire") is not { } options) return new Verdict.Hold(why);
        var expire = options.Get("expire");
        return new Verdict.Hold(why, OptionalText(engine, options.Get("name"), "name") ?? "hold", expire.IsMissing() ? null : Duration(engine, expire, "expire"));
    }
}
