using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Policy.Scripting.Contexts;

namespace PolicyMTA.Policy.Types;

/// <summary>The members that the functions of a stage find on their context, by name, with their types as far as those are declared.</summary>
internal sealed class ContextShape
{
    private static readonly Dictionary<string, TypeDeclaration> Types = PolicyTypes.Declarations.ToDictionary(d => d.Name, StringComparer.Ordinal);
    // What every object has.
    private static readonly HashSet<string> Inherited = ["constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"];

    private readonly IReadOnlyDictionary<string, string> _members;

    private ContextShape(IEnumerable<string> members) => _members = members.GroupBy(TypeDeclaration.NameOf).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);

    /// <summary>The context of a stage.</summary>
    public static ContextShape Of(Stage stage, bool delayReject)
    {
        var context = stage.ContextType(delayReject);
        return new ContextShape([.. ContextLayout.Members.Where(m => m.From.IsAssignableFrom(context)).Select(m => m.Declaration), .. HostFunctions.Members]);
    }

    /// <summary>Every name that some context has.</summary>
    public static IReadOnlyCollection<string> Anywhere { get; } = [.. ContextLayout.Members.Select(m => m.Name).Concat(HostFunctions.Names).Distinct()];

    /// <summary>The members' names.</summary>
    public IEnumerable<string> Names => _members.Keys;

    /// <summary>Whether there is such a member.</summary>
    public bool Has(string name) => _members.ContainsKey(name) || Inherited.Contains(name);

    /// <summary>The shape of a member; null when it is a function, a list, or of a type that is not declared.</summary>
    public ContextShape? Find(string name)
    {
        if (!_members.TryGetValue(name, out var declaration)) return null;
        var rest = declaration[(declaration.LastIndexOf("*/ ", StringComparison.Ordinal) is >= 0 and var end ? end + 3 : 0)..];
        rest = rest[name.Length..];
        if (!rest.StartsWith(':')) return null;
        var type = rest[1..].Replace("| null", "", StringComparison.Ordinal).Trim();
        return Types.TryGetValue(type, out var found) ? new ContextShape(found.Members) : null;
    }
}
