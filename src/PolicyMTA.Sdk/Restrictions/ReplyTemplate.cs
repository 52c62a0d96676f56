using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>
/// A text with macros, as Postfix's <c>default_rbl_reply</c>: <c>$name</c>, <c>${name}</c>, <c>${name?then}</c>, <c>${name:else}</c>,
/// <c>${name?{then}:{else}}</c> and <c>${{left} == {right}?{then}:{else}}</c>; <c>$$</c> is a dollar. An immutable value.
/// </summary>
public sealed class ReplyTemplate
{
    private readonly IReadOnlyList<TemplateNode> _nodes;

    private ReplyTemplate(IReadOnlyList<TemplateNode> nodes) => _nodes = nodes;

    /// <summary>The names that it uses.</summary>
    public IEnumerable<string> Names => _nodes.SelectMany(node => node.Names).Distinct(StringComparer.Ordinal);

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">It is none; the text tells why.</exception>
    public static ReplyTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ReplyTemplate(TemplateParser.Parse(text));
    }

    /// <summary>The text with its macros replaced; what they hold beside printable ASCII becomes <c>_</c>, for a client chose it.</summary>
    /// <param name="valueOf">The value of a name; null for a name that nobody knows.</param>
    /// <param name="isComplete">False when the text holds a name that nobody knows.</param>
    public string Expand(Func<string, string?> valueOf, out bool isComplete)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        var expansion = new TemplateExpansion(valueOf);
        var text = expansion.Expand(_nodes);
        isComplete = expansion.IsComplete;
        return text;
    }
}

/// <summary>A piece of a template.</summary>
internal abstract record TemplateNode
{
    private TemplateNode() { }

    /// <summary>The names in it.</summary>
    public virtual IEnumerable<string> Names => [];

    private static IEnumerable<string> NamesOf(IReadOnlyList<TemplateNode>? nodes) => nodes is null ? [] : nodes.SelectMany(node => node.Names);

    /// <summary>Text as it is.</summary>
    internal sealed record Literal(string Text) : TemplateNode;

    /// <summary>The value of a name.</summary>
    internal sealed record Named(string Name) : TemplateNode
    {
        public override IEnumerable<string> Names => [Name];
    }

    /// <summary>Two texts compared: <c>true</c>, or nothing.</summary>
    internal sealed record Comparison(IReadOnlyList<TemplateNode> Left, string Operator, IReadOnlyList<TemplateNode> Right) : TemplateNode
    {
        public override IEnumerable<string> Names => NamesOf(Left).Concat(NamesOf(Right));
    }

    /// <summary>One of two texts, by whether the condition has a value that is not empty.</summary>
    internal sealed record Choice(TemplateNode Condition, IReadOnlyList<TemplateNode>? Then, IReadOnlyList<TemplateNode>? Otherwise) : TemplateNode
    {
        public override IEnumerable<string> Names => Condition.Names.Concat(NamesOf(Then)).Concat(NamesOf(Otherwise));
    }
}

/// <summary>One expansion of a template.</summary>
internal sealed class TemplateExpansion(Func<string, string?> valueOf)
{
    public bool IsComplete { get; private set; } = true;

    public string Expand(IReadOnlyList<TemplateNode> nodes)
    {
        var text = new StringBuilder();
        foreach (var node in nodes) text.Append(Expand(node));
        return text.ToString();
    }

    private string Expand(TemplateNode node) => node switch
    {
        TemplateNode.Literal literal => literal.Text,
        TemplateNode.Choice choice => Expand((IsTrue(choice.Condition) ? choice.Then : choice.Otherwise) ?? []),
        _ => ValueOf(node) is { } value ? Filter(value) : Miss(),
    };

    private string Miss()
    {
        IsComplete = false;
        return "";
    }

    private bool IsTrue(TemplateNode condition) => ValueOf(condition) is { Length: > 0 };

    private string? ValueOf(TemplateNode node) => node switch
    {
        TemplateNode.Named named => valueOf(named.Name),
        TemplateNode.Comparison comparison => Compare(Expand(comparison.Left), comparison.Operator, Expand(comparison.Right)) ? "true" : "",
        _ => null,
    };

    private static bool Compare(string left, string operation, string right)
    {
        var order = IsNumber(left) && IsNumber(right) ? CompareNumbers(left.TrimStart('0'), right.TrimStart('0')) : string.CompareOrdinal(left, right);
        return operation switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">=" => order >= 0,
            _ => order > 0,
        };
    }

    private static int CompareNumbers(string left, string right) => left.Length == right.Length ? string.CompareOrdinal(left, right) : left.Length - right.Length;

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static string Filter(string value)
    {
        if (value.All(IsPrintable)) return value;
        var clean = value.ToCharArray();
        for (var i = 0; i < clean.Length; i++)
        {
            if (!IsPrintable(clean[i])) clean[i] = '_';
        }
        return new string(clean);
    }

    // Postfix: smtpd_expansion_filter.
    private static bool IsPrintable(char c) => c is '\t' or (>= ' ' and <= '~');
}
