using Acornima.Ast;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Types;

namespace PolicyMTA.Policy.Loading;

/// <summary>
/// Checks what the rules of a stage file read of their context against what that has: a misspelt member is undefined, and a rule that asks for it silently does nothing. Only what
/// is surely the context, or surely came from it, is looked at: a false alarm would be worse than a miss.
/// </summary>
internal sealed class MemberCheck(string file, Module module, Stage stage, ContextShape context, ErrorList errors)
{
    public void Run()
    {
        foreach (var function in FindRules()) Check(function);
    }

    /// <summary>The functions that stand in the list, by themselves, by name, or in rule() and the like.</summary>
    private IEnumerable<IFunction> FindRules()
    {
        var exported = module.Body.OfType<ExportDefaultDeclaration>().FirstOrDefault()?.Declaration;
        return exported is ArrayExpression list ? list.Elements.SelectMany(e => Functions(e)) : Functions(exported);
    }

    private IEnumerable<IFunction> Functions(Node? element) => element switch
    {
        IFunction function => [function],
        Identifier name => FindNamed(name.Name) is { } function ? [function] : [],
        CallExpression { Callee: Identifier { Name: "rule" or "per_recipient" or "warn_if_reject" }, Arguments: [var inner, ..] } => Functions(inner),
        _ => [],
    };

    private IFunction? FindNamed(string name)
    {
        foreach (var statement in module.Body)
        {
            switch (statement is ExportNamedDeclaration { Declaration: { } exported } ? exported : statement)
            {
                case FunctionDeclaration { Id.Name: var own } function when own == name:
                    return function;
                case VariableDeclaration { Kind: VariableDeclarationKind.Const } constants:
                    if (constants.Declarations.FirstOrDefault(d => d.Id is Identifier i && i.Name == name)?.Init is IFunction made) return made;
                    break;
            }
        }
        return null;
    }

    private void Check(IFunction function)
    {
        if (function.Params.Count == 0) return;
        var scope = new Dictionary<string, ContextShape>(StringComparer.Ordinal);
        var first = function.Params[0] is AssignmentPattern { Left: var left } ? left : function.Params[0];
        Bind(first, context, scope);
        // What is declared again or assigned somewhere is not surely what it was.
        foreach (var name in Rebound((Node)function, first).ToList()) scope.Remove(name);
        Walk(function.Body, scope);
    }

    /// <summary>Names what a pattern takes from a shape, and tells what the shape has not.</summary>
    private void Bind(Node pattern, ContextShape shape, Dictionary<string, ContextShape> scope)
    {
        switch (pattern)
        {
            case Identifier whole:
                scope[whole.Name] = shape;
                break;
            case AssignmentPattern withDefault:
                // A default says that it may be missing.
                if (withDefault.Left is Identifier named) scope.Remove(named.Name);
                break;
            case ObjectPattern taken:
                foreach (var property in taken.Properties.OfType<AssignmentProperty>())
                {
                    if (property.Computed || property.Key is not Identifier key) continue;
                    if (property.Value is not AssignmentPattern) Require(shape, key);
                    if (shape.Find(key.Name) is { } member) Bind(property.Value, member, scope);
                }
                break;
        }
    }

    private void Walk(Node node, Dictionary<string, ContextShape> scope)
    {
        if (node is MemberExpression access) ShapeOf(access, scope);
        // What it names is declared there, and may be declared again: only the keys count.
        if (node is VariableDeclarator { Id: ObjectPattern taken, Init: { } from } && ShapeOf(from, scope) is { } shape) Bind(taken, shape, []);
        foreach (var child in node.ChildNodes) Walk(child, scope);
    }

    /// <summary>What an expression is, when that is known; tells of the member that is not there.</summary>
    private ContextShape? ShapeOf(Node node, Dictionary<string, ContextShape> scope)
    {
        switch (node)
        {
            case Identifier name:
                return scope.GetValueOrDefault(name.Name);
            case ChainExpression chain:
                return ShapeOf(chain.Expression, scope);
            case MemberExpression { Computed: false, Property: Identifier key } access when ShapeOf(access.Object, scope) is { } shape:
                Require(shape, key);
                return shape.Find(key.Name);
            default:
                return null;
        }
    }

    private void Require(ContextShape shape, Identifier key)
    {
        if (shape.Has(key.Name)) return;
        var place = new Place(file, key.Location.Start.Line, key.Location.Start.Column + 1);
        var isContext = ReferenceEquals(shape, context);
        // Another stage has it: a function that serves several may well ask.
        if (isContext && ContextShape.Anywhere.Contains(key.Name)) errors.Warn(place, $"the context of {stage.Name()}.js has no '{key.Name}': it is undefined there");
        else errors.Add(place, $"{(isContext ? $"the context of {stage.Name()}.js" : "it")} has no '{key.Name}'{Suggestion.For(key.Name, shape.Names)}");
    }

    /// <summary>The names that something inside a function declares or assigns, its own first parameter left out.</summary>
    private static IEnumerable<string> Rebound(Node node, Node skip)
    {
        if (ReferenceEquals(node, skip)) return [];
        var own = node switch
        {
            VariableDeclarator declared => NamesIn(declared.Id),
            AssignmentExpression assigned => NamesIn(assigned.Left),
            UpdateExpression { Argument: Identifier counted } => [counted.Name],
            FunctionDeclaration { Id.Name: var name } => [name],
            ClassDeclaration { Id.Name: var name } => [name],
            CatchClause { Param: { } caught } => NamesIn(caught),
            _ => [],
        };
        var parameters = node is IFunction function ? function.Params.Where(p => !ReferenceEquals(p, skip)).SelectMany(p => NamesIn(p)) : [];
        return own.Concat(parameters).Concat(node.ChildNodes.SelectMany(child => Rebound(child, skip)));
    }

    private static IEnumerable<string> NamesIn(Node pattern) => pattern switch
    {
        Identifier name => [name.Name],
        AssignmentPattern withDefault => NamesIn(withDefault.Left),
        RestElement rest => NamesIn(rest.Argument),
        ArrayPattern list => list.Elements.SelectMany(e => e is null ? [] : NamesIn(e)),
        ObjectPattern taken => taken.Properties.SelectMany(p => NamesIn(p is AssignmentProperty one ? one.Value : p)),
        _ => [],
    };
}
