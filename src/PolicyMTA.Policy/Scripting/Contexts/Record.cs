using Jint;
using Jint.Native;
using PolicyMTA.Policy.Types;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>A JavaScript object of a fixed layout: an engine makes it at the cost of an object literal.</summary>
internal sealed class Record(string type, params string[] members)
{
    private readonly JsObjectLayout _layout = new([.. members.Select(TypeDeclaration.NameOf)]);

    /// <summary>What editors are told of it.</summary>
    public TypeDeclaration Declaration { get; } = new(type, members);

    public JsObject Create(Engine engine, params ReadOnlySpan<JsValue> values) => JsObject.Create(engine, _layout, values);

    public static JsValue Text(string? text) => text is null ? JsValue.Null : JsString.Create(text);
}
