using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace PolicyMTA.Policy.Scripting;

/// <summary>
/// Replaces the built-ins that make much of little before any limit of the engine looks: each measures what it would make, and throws a RangeError when that is
/// too much. What fits goes to the original.
/// </summary>
internal sealed class GrowthGuards
{
    // The worst expansions of one character: a control character in JSON (\u0001), three bytes of UTF-8 as %XX, a ligature under NFKD.
    private const int JsonGrowth = 6;
    private const int UriGrowth = 9;
    private const int NormalizeGrowth = 18;

    private readonly Engine _engine;
    private readonly PolicyLimits _limits;

    private GrowthGuards(Engine engine, PolicyLimits limits) => (_engine, _limits) = (engine, limits);

    public static void Install(Engine engine, PolicyLimits limits)
    {
        var guards = new GrowthGuards(engine, limits);
        var text = Prototype(engine, "String");
        guards.Guard(text, "repeat", (self, a) => guards.Fits(Length(self) * TypeConverter.ToIntegerOrInfinity(a.At(0))));
        guards.Guard(text, "padStart", (_, a) => guards.Fits(TypeConverter.ToIntegerOrInfinity(a.At(0))));
        guards.Guard(text, "padEnd", (_, a) => guards.Fits(TypeConverter.ToIntegerOrInfinity(a.At(0))));
        guards.Guard(text, "replace", guards.MeasureReplace);
        guards.Guard(text, "replaceAll", guards.MeasureReplace);
        guards.Guard(text, "concat", (self, a) => guards.Fits(Length(self) + a.Sum(Length)));
        guards.Guard(text, "normalize", (self, _) => guards.Fits(Length(self) * NormalizeGrowth));
        foreach (var name in new[] { "encodeURI", "encodeURIComponent", "escape" }) guards.Guard(engine.Global, name, (_, a) => guards.Fits(Length(a.At(0)) * UriGrowth));
        var list = Prototype(engine, "Array");
        guards.Guard(list, "join", guards.MeasureJoin);
        guards.Guard(list, "flat", guards.MeasureFlat);
        guards.ReplaceFlatMap(list);
        guards.ReplaceStringify((ObjectInstance)engine.Global.Get("JSON"));
    }

    private static ObjectInstance Prototype(Engine engine, string name) => (ObjectInstance)engine.Global.Get(name).Get("prototype");

    // A value that is no string has a short text, or one that a guarded built-in makes.
    private static double Length(JsValue value) => value is JsString text ? text.Length : 0;

    private JavaScriptException TooMuch(string what) => new((Jint.Native.Error.ErrorConstructor)_engine.Global.Get("RangeError"), what);

    private void Fits(double length)
    {
        if (length > _limits.StringLength) throw TooMuch("the string would be too long");
    }

    private void Guard(ObjectInstance owner, string name, Action<JsValue, JsValue[]> measure)
    {
        var original = owner.Get(name);
        owner.FastSetDataProperty(name, new ClrFunction(_engine, name, (self, arguments) =>
        {
            measure(self, arguments);
            return _engine.Call(original, self, arguments);
        }));
    }

    private void MeasureReplace(JsValue self, JsValue[] arguments)
    {
        if (arguments.At(1) is not JsString replacement || self is not JsString) return;
        var text = self.ToString();
        var with = replacement.ToString();
        double matches = arguments.At(0) is JsString sought ? Occurrences(text, sought.ToString()) : text.Length + 1;
        // $& and $1 repeat parts of the match, which all together are the text; $` and $' repeat the text at every match.
        double references = with.Count(c => c == '$');
        var perMatch = with.Contains("$`", StringComparison.Ordinal) || with.Contains("$'", StringComparison.Ordinal) ? references * text.Length : 0;
        var length = text.Length + references * text.Length + matches * (with.Length + perMatch);
        // How often an expression matches is not known before; real ones match far less often than they could.
        Fits(arguments.At(0) is JsString ? length : length / 8);
    }

    private static int Occurrences(string text, string sought)
    {
        if (sought.Length == 0) return text.Length + 1;
        var count = 0;
        for (var at = text.IndexOf(sought, StringComparison.Ordinal); at >= 0; at = text.IndexOf(sought, at + sought.Length, StringComparison.Ordinal)) count++;
        return count;
    }

    private void MeasureJoin(JsValue self, JsValue[] arguments)
    {
        if (self is not JsArray list) return;
        var separator = arguments.At(0).IsUndefined() ? 1 : Length(arguments.At(0));
        var nodes = 0;
        Fits(TextLength(list, separator, ref nodes, 0));
    }

    private double TextLength(JsArray list, double separator, ref int nodes, int depth)
    {
        if (depth > _limits.Recursion) throw TooMuch("the list is nested too deep");
        var length = list.Length * separator;
        for (var i = 0; i < list.Length; i++)
        {
            if (++nodes > _limits.ArrayLength) throw TooMuch("the list is too long");
            length += list[i] is JsArray inner ? TextLength(inner, 1, ref nodes, depth + 1) : Length(list[i]);
        }
        return length;
    }

    private void MeasureFlat(JsValue self, JsValue[] arguments)
    {
        var depth = arguments.At(0).IsUndefined() ? 1 : TypeConverter.ToIntegerOrInfinity(arguments.At(0));
        var nodes = 0;
        if (self is JsArray list) CountFlat(list, Math.Min(depth, _limits.Recursion + 1), ref nodes);
    }

    private void CountFlat(JsArray list, double depth, ref int nodes)
    {
        if (depth > _limits.Recursion) depth = _limits.Recursion;
        for (var i = 0; i < list.Length; i++)
        {
            if (++nodes > _limits.ArrayLength) throw TooMuch("the list is too long");
            if (depth > 0 && list[i] is JsArray inner) CountFlat(inner, depth - 1, ref nodes);
        }
    }

    private void ReplaceFlatMap(ObjectInstance list)
    {
        var map = list.Get("map");
        var flat = list.Get("flat");
        list.FastSetDataProperty("flatMap", new ClrFunction(_engine, "flatMap", (self, a) => _engine.Call(flat, _engine.Call(map, self, a), [])));
    }

    // The replacer sees every value before it is written: there it is counted, however often the same one appears.
    private void ReplaceStringify(ObjectInstance json)
    {
        var original = json.Get("stringify");
        json.FastSetDataProperty("stringify", new ClrFunction(_engine, "stringify", (_, a) =>
        {
            var theirs = a.At(1);
            var allowed = theirs is JsArray names ? names.Select(n => n.ToString()).ToHashSet(StringComparer.Ordinal) : null;
            double length = 0;
            var counting = new ClrFunction(_engine, "count", (holder, pair) =>
            {
                var key = pair.At(0);
                if (allowed is not null && holder is not JsArray && key.ToString() is { Length: > 0 } name && !allowed.Contains(name)) return JsValue.Undefined;
                var value = theirs.IsCallable() ? _engine.Call(theirs, holder, pair) : pair.At(1);
                length += (Length(key) + Length(value)) * JsonGrowth + 8 + _limits.Recursion;
                if (length > _limits.StringLength * (double)JsonGrowth) throw TooMuch("the JSON text would be too long");
                return value;
            });
            return _engine.Call(original, json, [a.At(0), counting, a.At(2)]);
        }));
    }
}
