using Acornima.Ast;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Sdk;
using Prepared = Jint.Prepared<Acornima.Ast.Module>;

namespace PolicyMTA.Policy.Loading;

/// <summary>Checks one parsed module against what it imports.</summary>
internal sealed class ModuleCheck(
    string file, Module module, Dictionary<string, Prepared> modules, IReadOnlyDictionary<string, string> files, ILookupTables tables, ErrorList errors)
{
    public void Run()
    {
        foreach (var statement in module.Body) CheckStatement(statement);
        Walk(module, isInFunction: false);
    }

    private void CheckStatement(Node statement)
    {
        switch (statement)
        {
            case ImportDeclaration import:
                CheckSource(import.Source, import.Specifiers.Select(s => (s.Location.Start, ImportedName(s))));
                break;
            case ExportNamedDeclaration { Source: { } from } export:
                CheckSource(from, export.Specifiers.Select(s => (s.Location.Start, (string?)NameOf(s.Local))));
                break;
            case ExportAllDeclaration all:
                CheckSource(all.Source, []);
                break;
        }
    }

    private void CheckSource(StringLiteral specifier, IEnumerable<(Acornima.Position At, string? Name)> names)
    {
        if (specifier.Value == ModuleStore.PolicyModule)
        {
            foreach (var (at, name) in names) CheckName(at, name, "'policymta'", PolicyModule.Exports);
            return;
        }
        var path = ModulePath.Resolve(file, specifier.Value);
        if (path is null || !files.ContainsKey(path))
        {
            errors.Add(PlaceOf(specifier.Location.Start), path is null
                ? $"can't import '{specifier.Value}': policies import 'policymta' and each other's files (./lib/x.js)"
                : $"there is no file '{path}'{Suggestion.For(path, files.Keys)}");
        }
        else if (modules.TryGetValue(path, out var prepared) && ExportedNames.Of(prepared.Program!) is { } exported)
        {
            foreach (var (at, name) in names) CheckName(at, name, $"'{path}'", exported);
        }
    }

    private void CheckName(Acornima.Position at, string? name, string from, IReadOnlyCollection<string> exported)
    {
        if (name is not null && !exported.Contains(name)) errors.Add(PlaceOf(at), $"{from} exports no '{name}'{Suggestion.For(name, exported)}");
    }

    private void Walk(Node node, bool isInFunction)
    {
        CheckNode(node, isInFunction);
        var isInside = isInFunction || node is IFunction;
        foreach (var child in node.ChildNodes) Walk(child, isInside);
    }

    private void CheckNode(Node node, bool isInFunction)
    {
        switch (node)
        {
            case AwaitExpression when !isInFunction:
            case ForOfStatement { Await: true } when !isInFunction:
                errors.Add(PlaceOf(node.Location.Start), "await stands in functions only: a module is evaluated when it is loaded");
                break;
            case ImportExpression:
                errors.Add(PlaceOf(node.Location.Start), "import() is not offered: import at the top of the file");
                break;
            case CallExpression call when IsLookup(call.Callee) && call.Arguments.Count > 0 && call.Arguments[0] is StringLiteral table:
                CheckTable(table);
                break;
        }
    }

    private static bool IsLookup(Node callee) => callee switch
    {
        Identifier { Name: "lookup" } => true,
        MemberExpression { Computed: false, Property: Identifier { Name: "lookup" } } => true,
        _ => false,
    };

    private void CheckTable(StringLiteral table)
    {
        try
        {
            tables.Open(table.Value);
        }
        catch (ConfigurationException e)
        {
            errors.Add(PlaceOf(table.Location.Start), e.Message);
        }
    }

    private static string? ImportedName(Node specifier) => specifier switch
    {
        ImportSpecifier s => NameOf(s.Imported),
        ImportDefaultSpecifier => "default",
        _ => null,
    };

    private static string? NameOf(Node name) => name switch
    {
        Identifier i => i.Name,
        StringLiteral s => s.Value,
        _ => null,
    };

    private Place PlaceOf(Acornima.Position at) => new(file, at.Line, at.Column + 1);
}
