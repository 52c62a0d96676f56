using Jint;
using Jint.Native;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting;

/// <summary>Reads what a rule returned: a verdict, a list of them, or nothing. Anything else is a mistake, never a permit.</summary>
internal static class ReturnedValue
{
    public static RuleAnswer Read(JsValue value) => value switch
    {
        VerdictHandle handle => new RuleAnswer(handle.Verdict, handle.RelayWhy),
        JsArray list => ReadList(list),
        _ when value.IsUndefined() || value.IsNull() => new RuleAnswer(Verdict.Dunno),
        _ => throw new PolicyMistakeException($"returned {Describe(value)}, which is no verdict"),
    };

    private static RuleAnswer ReadList(JsArray list)
    {
        var verdicts = new List<Verdict>((int)list.Length);
        string? why = null;
        for (var i = 0; i < list.Length; i++)
        {
            var element = list[i];
            if (element.IsUndefined() || element.IsNull()) continue;
            if (element is not VerdictHandle handle) throw new PolicyMistakeException($"returned a list with {Describe(element)} in it, which is no verdict");
            verdicts.Add(handle.Verdict);
            // The reason belongs to the permit that ends the list: the first.
            if (handle.Verdict is Verdict.PermitVerdict && verdicts.OfType<Verdict.PermitVerdict>().Count() == 1) why = handle.RelayWhy;
        }
        return verdicts.Count == 0 ? new RuleAnswer(Verdict.Dunno) : new RuleAnswer(new Verdict.Several(verdicts), why);
    }

    private static string Describe(JsValue value) => value switch
    {
        RestrictionHandle r => $"the restriction {r.Name}",
        _ when value.IsCallable() => "a function",
        _ when value.IsObject() => "an object",
        _ => $"a {value.Type.ToString().ToLowerInvariant()}",
    };
}
