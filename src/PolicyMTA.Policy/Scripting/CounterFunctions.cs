using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jint.Native;
using Jint.Runtime.Interop;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting;

/// <summary><c>rate</c>, <c>distinct</c>, <c>greylist</c> and <c>counter</c>, on the process's counters.</summary>
internal sealed class CounterFunctions(ScriptEngine script)
{
    // Long enough for a weekly or monthly correspondent, as greylisting servers do.
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(35);
    // How long a first try is remembered: senders give up after five days (RFC 5321 §4.5.4.1).
    private static readonly TimeSpan TriedFor = TimeSpan.FromDays(5);

    private static readonly Record RateRecord = new("Rate", "over: boolean", "used: number", "/** Seconds. */ retry_after: number");
    private static readonly Record GreyRecord = new("Grey", "wait: boolean", "seconds: number");

    public static readonly IReadOnlyList<TypeDeclaration> Declarations =
    [
        RateRecord.Declaration,
        GreyRecord.Declaration,
        new("Counter", "get(): Promise<number>", "add(n: number): Promise<number>", "set(n: number, options?: { ttl: Duration }): Promise<void>"),
    ];

    private ICounterStore Store => script.Services.Counters ?? throw Mistake(script.Engine, "there is no counter store");

    /// <summary>Counts in windows and weighs the last one by how much of it still counts, so that a burst at a boundary is seen.</summary>
    public JsValue Rate(JsValue[] arguments)
    {
        var key = Text(script.Engine, arguments, 0, "the key");
        var (limit, window) = Limit(Text(script.Engine, arguments, 1, "the limit"));
        var options = OptionalObject(script.Engine, arguments.At(2), "the third argument", "cost", "count");
        var cost = (long)Math.Max(0, OptionalNumber(script.Engine, options?.Get("cost") ?? JsValue.Undefined, "cost") ?? 1);
        var isLater = (OptionalText(script.Engine, options?.Get("count") ?? JsValue.Undefined, "count") ?? "now") switch
        {
            "now" => false,
            "accepted" => true,
            _ => throw Mistake(script.Engine, "count is 'now' or 'accepted'"),
        };
        return script.Pump.Promise("rate", arguments, () => RateAsync(Store, key, limit, window, cost, isLater, script.Pump.Token), r => RateRecord.Create(
            script.Engine, r.Over ? JsBoolean.True : JsBoolean.False, JsNumber.Create(r.Used), JsNumber.Create(r.RetryAfter)));
    }

    public JsValue Distinct(JsValue[] arguments)
    {
        var key = Text(script.Engine, arguments, 0, "the key");
        var value = Text(script.Engine, arguments, 1, "the value");
        var window = Duration(script.Engine, arguments.At(2), "the window");
        return script.Pump.Promise("distinct", arguments, () => DistinctAsync(Store, key, value, window, script.Pump.Token), n => JsNumber.Create(n));
    }

    public JsValue Greylist(JsValue[] arguments)
    {
        var key = Text(script.Engine, arguments, 0, "the key");
        var options = OptionalObject(script.Engine, arguments.At(1), "the second argument", "delay");
        var delay = Duration(script.Engine, options?.Get("delay") ?? JsValue.Undefined, "delay");
        return script.Pump.Promise("greylist", arguments, () => GreylistAsync(Store, key, delay, script.Pump.Token), seconds => GreyRecord.Create(
            script.Engine, seconds > 0 ? JsBoolean.True : JsBoolean.False, JsNumber.Create(seconds)));
    }

    public JsValue Counter(JsValue[] arguments)
    {
        var key = "counter:" + Text(script.Engine, arguments, 0, "the key");
        var store = Store;
        var counter = new JsObject(script.Engine);
        Add("get", _ => () => store.GetAsync(key, script.Pump.Token));
        Add("add", a =>
        {
            var amount = Whole(a);
            return () => store.AddAsync(key, amount, null, script.Pump.Token);
        });
        counter.FastSetDataProperty("set", new ClrFunction(script.Engine, "set", (_, a) =>
        {
            var options = OptionalObject(script.Engine, a.At(1), "the second argument", "ttl");
            TimeSpan? ttl = options is null ? null : Duration(script.Engine, options.Get("ttl"), "ttl");
            var value = Whole(a);
            return script.Pump.Promise("counter.set", [arguments[0], .. a], () => SetAsync(store, key, value, ttl, script.Pump.Token), _ => JsValue.Undefined);
        }));
        return counter;

        void Add(string name, Func<JsValue[], Func<ValueTask<long>>> call) => counter.FastSetDataProperty(
            name, new ClrFunction(script.Engine, name, (_, a) => script.Pump.Promise("counter." + name, [arguments[0], .. a], call(a), n => JsNumber.Create(n))));
    }

    private long Whole(JsValue[] arguments) =>
        OptionalNumber(script.Engine, arguments.At(0), "the number") is { } n && Math.Abs(n) < 1e15 ? (long)n : throw Mistake(script.Engine, "a number is missing");

    private (long Limit, TimeSpan Window) Limit(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && long.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
        {
            var window = text[(slash + 1)..];
            if (Durations.TryParse(window.Length > 0 && char.IsAsciiDigit(window[0]) ? window : "1" + window, out var duration) && duration >= TimeSpan.FromSeconds(1))
                return (limit, duration);
        }
        throw Mistake(script.Engine, "a limit is like '200/h'");
    }

    private async ValueTask<RateFound> RateAsync(
        ICounterStore store, string key, long limit, TimeSpan window, long cost, bool isLater, CancellationToken cancellationToken)
    {
        var (bucket, into) = Bucket(window);
        var name = $"rate:{(long)window.TotalSeconds}:{key}:";
        var now = isLater ? await store.GetAsync(name + bucket, cancellationToken) + cost : await store.AddAsync(name + bucket, cost, window * 2, cancellationToken);
        if (isLater) script.Memory.OnAccepted.Add(async token => await store.AddAsync(name + bucket, cost, window * 2, token));
        var before = await store.GetAsync(name + (bucket - 1), cancellationToken);
        var used = now + before * (1 - into / window);
        return new RateFound(used > limit, Math.Ceiling(used), used > limit ? Math.Ceiling((window - into).TotalSeconds) : 0);
    }

    private async ValueTask<long> DistinctAsync(ICounterStore store, string key, string value, TimeSpan window, CancellationToken cancellationToken)
    {
        var (bucket, _) = Bucket(window);
        var name = $"distinct:{(long)window.TotalSeconds}:{key}:{bucket}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)).AsSpan(0, 16));
        var isNew = await store.AddAsync($"{name}:{hash}", 1, window, cancellationToken) == 1;
        return isNew ? await store.AddAsync(name, 1, window, cancellationToken) : await store.GetAsync(name, cancellationToken);
    }

    private async ValueTask<double> GreylistAsync(ICounterStore store, string key, TimeSpan delay, CancellationToken cancellationToken)
    {
        var name = "grey:" + key;
        var now = script.Services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var first = await store.GetAsync(name, cancellationToken);
        if (first == 0)
        {
            await store.SetAsync(name, now, TriedFor, cancellationToken);
            return Math.Ceiling(delay.TotalSeconds);
        }
        var left = delay - TimeSpan.FromMilliseconds(now - first);
        if (left > TimeSpan.Zero) return Math.Max(1, Math.Ceiling(left.TotalSeconds));
        await store.SetAsync(name, first, KnownFor, cancellationToken);
        return 0;
    }

    private static async ValueTask<bool> SetAsync(ICounterStore store, string key, long value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        await store.SetAsync(key, value, ttl, cancellationToken);
        return true;
    }

    private (long Bucket, TimeSpan Into) Bucket(TimeSpan window)
    {
        var since = script.Services.Time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        var bucket = since.Ticks / window.Ticks;
        return (bucket, since - window * bucket);
    }

    private sealed record RateFound(bool Over, double Used, double RetryAfter);
}
