using System.Globalization;

namespace PolicyMTA.Configuration;

/// <summary>A value as the file gives it, before <c>$name</c> is expanded.</summary>
/// <param name="Text">As text; an array's items joined by commas.</param>
/// <param name="Items">The items of an array; null when it was none.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="KeyPosition">Where its key stands.</param>
internal sealed record ParameterValue(string Text, IReadOnlyList<string>? Items, SourcePosition Position, SourcePosition KeyPosition)
{
    /// <summary>Reads a node; null when it can't be a parameter's value.</summary>
    public static ParameterValue? FromNode(TomlNode node, SourcePosition key)
    {
        switch (node)
        {
            case TomlNode.Scalar scalar:
                return new ParameterValue(AsText(scalar.Value), null, node.Position, key);
            case TomlNode.Sequence sequence when sequence.Items.All(i => i is TomlNode.Scalar):
                string[] items = [.. sequence.Items.Cast<TomlNode.Scalar>().Select(s => AsText(s.Value))];
                return new ParameterValue(string.Join(", ", items), items, node.Position, key);
            default:
                return null;
        }
    }

    private static string AsText(object value) => value switch
    {
        bool truth => truth ? "yes" : "no",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
