using PolicyMTA.Policy.Scripting;

namespace PolicyMTA.Policy.Lists;

/// <summary>What loading made. An immutable value.</summary>
/// <param name="Hash">Of the texts.</param>
/// <param name="Options">What they were loaded against.</param>
/// <param name="Modules">The prepared modules.</param>
/// <param name="Lists">The list of each stage file.</param>
/// <param name="Sets">The lists of each listener's set; the empty name is the root's.</param>
/// <param name="Classes">The lists that tables may name.</param>
/// <param name="Restrictions">Every restriction made, to dispose.</param>
internal sealed record PreparedPolicies(
    string Hash,
    PolicyLoadOptions Options,
    ModuleStore Modules,
    IReadOnlyDictionary<string, StageList> Lists,
    IReadOnlyDictionary<string, StageSet> Sets,
    IReadOnlyDictionary<string, StageList> Classes,
    IReadOnlyList<object> Restrictions);
