using Jint;
using Jint.Native;

namespace PolicyMTA.Policy.Scripting;

/// <summary>What an element of an exported list is.</summary>
internal static class ListElement
{
    /// <summary>In the words of <see cref="Lists.Rule.Kind"/>.</summary>
    public static string KindOf(JsValue element) => element switch
    {
        RestrictionHandle r => "r." + r.Name,
        WarnHandle w => $"warn_if_reject({KindOf(w.Inner)})",
        PerRecipientHandle => "per_recipient",
        FunctionHandle => "function",
        _ => element.IsCallable() ? "function" : "?",
    };

    /// <summary>The function behind it; undefined for a restriction.</summary>
    public static JsValue FunctionOf(JsValue element) => element switch
    {
        WarnHandle w => FunctionOf(w.Inner),
        PerRecipientHandle p => FunctionOf(p.Inner),
        FunctionHandle f => f.Function,
        _ => element.IsCallable() ? element : JsValue.Undefined,
    };
}
