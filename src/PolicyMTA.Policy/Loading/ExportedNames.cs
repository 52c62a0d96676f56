using Acornima.Ast;

namespace PolicyMTA.Policy.Loading;

/// <summary>What a module exports, as far as its own text says.</summary>
internal static class ExportedNames
{
    /// <summary>Null when it passes on another module's exports as a whole: then linking tells.</summary>
    public static IReadOnlyCollection<string>? Of(Module module)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var statement in module.Body)
        {
            if (statement is ExportAllDeclaration { Exported: null }) return null;
            foreach (var name in NamesOf(statement)) names.Add(name);
        }
        return names;
    }

    private static IEnumerable<string> NamesOf(Node statement) => statement switch
    {
        ExportDefaultDeclaration => ["default"],
        ExportAllDeclaration { Exported: { } name } => Named(name),
        ExportNamedDeclaration { Declaration: VariableDeclaration variables } => variables.Declarations.SelectMany(d => Bound(d.Id)),
        ExportNamedDeclaration { Declaration: IFunction { Id: { } id } } => [id.Name],
        ExportNamedDeclaration { Declaration: IClass { Id: { } id } } => [id.Name],
        ExportNamedDeclaration { Declaration: null } named => named.Specifiers.SelectMany(s => Named(s.Exported)),
        _ => [],
    };

    private static IEnumerable<string> Named(Node name) => name switch
    {
        Identifier i => [i.Name],
        StringLiteral s => [s.Value],
        _ => [],
    };

    // Every identifier of a pattern, defaults included: too many names are harmless here.
    private static IEnumerable<string> Bound(Node pattern) => pattern is Identifier i ? [i.Name] : pattern.ChildNodes.SelectMany(Bound);
}
