using Jint;
using Jint.Native;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>A JavaScript object of a fixed layout: an engine makes it at the cost of an object literal.</summary>
internal sealed class Record(params string[] names)
{
    private readonly JsObjectLayout _layout = new(names);

    public JsObject Create(Engine engine, params ReadOnlySpan<JsValue> values) => JsObject.Create(engine, _layout, values);

    public static JsValue Text(string? text) => text is null ? JsValue.Null : JsString.Create(text);
}
