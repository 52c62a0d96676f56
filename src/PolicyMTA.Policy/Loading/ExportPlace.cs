using Acornima.Ast;
using PolicyMTA.Policy.Lists;

namespace PolicyMTA.Policy.Loading;

/// <summary>Where a module's default export, or an element of it, stands, as far as its text says.</summary>
internal static class ExportPlace
{
    public static Place OfDefault(Module module, string file) =>
        module.Body.FirstOrDefault(s => s is ExportDefaultDeclaration) is { } export ? At(export, file) : new Place(file, 0, 0);

    /// <summary>The element's place; that of the export when the list is computed or spread.</summary>
    public static Place OfElement(Module module, string file, int index)
    {
        var list = module.Body.OfType<ExportDefaultDeclaration>().FirstOrDefault()?.Declaration as ArrayExpression;
        var isPlain = list is not null && index < list.Elements.Count && !list.Elements.Take(index + 1).Any(e => e is SpreadElement);
        return isPlain && list!.Elements[index] is { } element ? At(element, file) : OfDefault(module, file);
    }

    private static Place At(Node node, string file) => new(file, node.Location.Start.Line, node.Location.Start.Column + 1);
}
