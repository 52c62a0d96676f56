using System.Globalization;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting;

/// <summary>Reads what a policy passed to a function of ours; what does not fit is a TypeError there.</summary>
internal static class ScriptArguments
{
    public static JavaScriptException Mistake(Engine engine, string message) => new(engine.Intrinsics.TypeError, message);

    public static JsValue At(this JsValue[] arguments, int index) => index < arguments.Length ? arguments[index] : JsValue.Undefined;

    public static bool IsMissing(this JsValue value) => value.IsUndefined() || value.IsNull();

    public static string Text(Engine engine, JsValue[] arguments, int index, string what)
    {
        var value = arguments.At(index);
        return value.IsString() ? value.AsString() : throw Mistake(engine, $"{what} must be a string");
    }

    public static string? OptionalText(Engine engine, JsValue value, string what)
    {
        if (value.IsMissing()) return null;
        return value.IsString() ? value.AsString() : throw Mistake(engine, $"{what} must be a string");
    }

    public static double? OptionalNumber(Engine engine, JsValue value, string what)
    {
        if (value.IsMissing()) return null;
        return value.IsNumber() && double.IsFinite(value.AsNumber()) ? value.AsNumber() : throw Mistake(engine, $"{what} must be a number");
    }

    public static TimeSpan Duration(Engine engine, JsValue value, string what)
    {
        if (value.IsString() && Durations.TryParse(value.AsString(), out var duration)) return duration;
        throw Mistake(engine, $"{what} must be a duration such as '5m'");
    }

    public static ObjectInstance? OptionalObject(Engine engine, JsValue value, string what, params ReadOnlySpan<string> known)
    {
        if (value.IsMissing()) return null;
        if (value is not ObjectInstance options || value.IsArray() || value.IsCallable()) throw Mistake(engine, $"{what} must be an object");
        foreach (var key in options.GetOwnPropertyKeys())
        {
            if (!known.Contains(key.ToString())) throw Mistake(engine, $"there is no option '{key}'");
        }
        return options;
    }

    public static Address Address(Engine engine, JsValue[] arguments)
    {
        var text = Text(engine, arguments, 0, "the address");
        var address = Sdk.Address.FromInternal(text);
        if (address.IsNull || address.Local.Length == 0 || text.Any(char.IsControl)) throw Mistake(engine, "that is no address");
        return address;
    }

    /// <summary>What may reach a plugin: text, numbers, booleans, and lists and objects of these.</summary>
    public static object? ToPlain(Engine engine, JsValue value)
    {
        if (value.IsMissing()) return null;
        if (value.IsString()) return value.AsString();
        if (value.IsNumber()) return value.AsNumber();
        if (value.IsBoolean()) return value.AsBoolean();
        if (value is JsArray array) return array.Select(v => ToPlain(engine, v)).ToList();
        if (value is JsObject plain) return ToDictionary(engine, plain);
        throw Mistake(engine, "arguments are strings, numbers, booleans, lists and plain objects");
    }

    public static Dictionary<string, object?> ToDictionary(Engine engine, ObjectInstance value) =>
        value.GetOwnPropertyKeys().ToDictionary(k => k.ToString(), k => ToPlain(engine, value.Get(k)), StringComparer.Ordinal);

    public static int ToInt32(double value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);

    public static string Invariant(double value) => value.ToString(CultureInfo.InvariantCulture);
}
