using PolicyMTA.Policy.Loading;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A list of restrictions as tables have it, in Postfix's notation. An immutable value.</summary>
/// <param name="Rules">The rules in order.</param>
/// <param name="Made">What was made for it, to dispose.</param>
/// <param name="Mistake">Why it can't be asked; null when it can.</param>
internal sealed record AppliedList(IReadOnlyList<Rule> Rules, IReadOnlyList<object> Made, string? Mistake)
{
    private const string Warn = "warn_if_reject";

    /// <summary>One that can't be asked.</summary>
    public static AppliedList Wrong(string mistake) => new([], [], mistake);

    /// <summary>Reads one: names, separated by commas or white space, with the argument behind a name that takes one.</summary>
    public static AppliedList Read(string text, IReadOnlyDictionary<string, RestrictionDeclaration> declarations, IReadOnlyDictionary<string, StageList> classes)
    {
        var errors = new ErrorList("");
        var maker = new RestrictionMaker(declarations, errors);
        var rules = new List<Rule>();
        var warns = false;
        var words = new Queue<string>(text.Split((char[])[',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        while (words.TryDequeue(out var name))
        {
            if (name == Warn)
            {
                warns = true;
                continue;
            }
            if (classes.TryGetValue(name, out var list)) rules.AddRange(list.Rules.Select(rule => warns ? new WarnIfReject(rule) : rule));
            else if (TakesArgument(name) && words.Count == 0) return new AppliedList([], maker.Made, $"{name} wants an argument");
            else if (Make(maker, name, TakesArgument(name) ? [words.Dequeue()] : []) is { } rule) rules.Add(warns ? new WarnIfReject(rule) : rule);
            warns = false;
        }
        return errors.Errors is [var error, ..] ? new AppliedList([], maker.Made, error.Message) : new AppliedList(rules, maker.Made, null);
    }

    private static RestrictionRule? Make(RestrictionMaker maker, string name, object?[] arguments)
    {
        var made = maker.Make(name, new RestrictionArguments(name, arguments, new Dictionary<string, object?>()), Place.None);
        return made is { Declaration: { } declaration, Instance: { } instance } ? new RestrictionRule(name, declaration.Plugin, RestrictionCall.OfAny(instance), made.Place) { Signature = made.Signature } : null;
    }

    private static bool TakesArgument(string name) =>
        name is "check_policy_service" or "permit_dnswl_client" or "permit_rhswl_client" or "reject_rbl_client" or "sleep"
        || name.StartsWith("reject_rhsbl_", StringComparison.Ordinal)
        || (name.StartsWith("check_", StringComparison.Ordinal) && name.EndsWith("_access", StringComparison.Ordinal));
}
