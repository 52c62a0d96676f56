using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Types;

/// <summary>The interfaces of the contexts: what each adds to the one it derives from, and the files whose functions get it.</summary>
internal static class ContextTypes
{
    private const string Root = "Context";

    /// <summary>The base first.</summary>
    public static IReadOnlyList<TypeDeclaration> Declarations { get; } =
        [.. ContextLayout.Members.Select(m => m.From).Distinct().OrderBy(Depth).ThenBy(t => t.Name, StringComparer.Ordinal).Select(Declare)];

    private static TypeDeclaration Declare(Type context)
    {
        var own = ContextLayout.Members.Where(m => m.From == context).Select(m => m.Declaration);
        return context == typeof(ClientContext)
            ? new TypeDeclaration(Root, [.. own, .. HostFunctions.Members]) { Comment = "On every context. Numbers of a duration are seconds." }
            : new TypeDeclaration(context.Name, [.. own]) { Extends = NameOf(Ancestor(context)), Comment = Files(context) };
    }

    private static string NameOf(Type context) => context == typeof(ClientContext) ? Root : context.Name;

    // A context that adds nothing has no interface of its own.
    private static Type Ancestor(Type context)
    {
        for (var type = context.BaseType!; ; type = type.BaseType!)
        {
            if (ContextLayout.Members.Any(m => m.From == type)) return type;
        }
    }

    private static int Depth(Type context) => context == typeof(ClientContext) ? 0 : 1 + Depth(context.BaseType!);

    private static string Files(Type context)
    {
        var always = new List<string>();
        var delayed = new List<string>();
        foreach (var stage in Enum.GetValues<Stage>().Where(s => s.ContextType(delayReject: true) == context))
            (stage.ContextType(delayReject: false) == context ? always : delayed).Add(stage.Name() + ".js");
        var undelayed = Enum.GetValues<Stage>().Where(s => s.ContextType(true) != context && s.ContextType(false) == context).Select(s => s.Name() + ".js");
        var places = new List<string>();
        if (always.Count > 0) places.Add(string.Join(", ", always));
        if (delayed.Count > 0) places.Add($"with smtpd_delay_reject, the default: {string.Join(", ", delayed)}");
        places.AddRange(undelayed.Select(file => $"{file} without smtpd_delay_reject"));
        return string.Join("; ", places) + ".";
    }
}
