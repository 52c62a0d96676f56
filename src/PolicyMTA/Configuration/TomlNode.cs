using Tomlyn.Syntax;

namespace PolicyMTA.Configuration;

/// <summary>A value of a TOML file with its place. A closed set.</summary>
internal abstract record TomlNode(SourcePosition Position)
{
    /// <summary>A string, number, boolean or time.</summary>
    public sealed record Scalar(object Value, SourcePosition Position) : TomlNode(Position);

    /// <summary>An array.</summary>
    public sealed record Sequence(IReadOnlyList<TomlNode> Items, SourcePosition Position) : TomlNode(Position);

    /// <summary>A table, in the order of the file.</summary>
    public sealed record Table(SourcePosition Position) : TomlNode(Position)
    {
        /// <summary>Its keys; the place is the key's.</summary>
        public OrderedDictionary<string, (TomlNode Value, SourcePosition KeyPosition)> Entries { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>The whole file as one table; its syntax was checked before.</summary>
    public static Table FromDocument(DocumentSyntax document)
    {
        var root = new Table(new SourcePosition(1, 1));
        foreach (var entry in document.KeyValues) Put(root, entry);
        foreach (var section in document.Tables)
        {
            if (section.Name is null) continue;
            var table = Descend(root, Names(section.Name), PositionOf(section), section is TableArraySyntax);
            foreach (var entry in section.Items) Put(table, entry);
        }
        return root;
    }

    private static void Put(Table table, KeyValueSyntax entry)
    {
        if (entry.Key is null || entry.Value is null) return;
        var names = Names(entry.Key);
        var owner = Descend(table, names[..^1], PositionOf(entry), isElement: false);
        owner.Entries[names[^1]] = (FromValue(entry.Value), PositionOf(entry));
    }

    private static Table Descend(Table from, IReadOnlyList<string> names, SourcePosition position, bool isElement)
    {
        var table = from;
        for (var i = 0; i < names.Count; i++)
        {
            var makesElement = isElement && i == names.Count - 1;
            if (!makesElement && table.Entries.TryGetValue(names[i], out var known))
            {
                table = known.Value switch
                {
                    Table inner => inner,
                    Sequence { Items: [.., Table last] } => last,
                    _ => new Table(position),
                };
                continue;
            }
            var made = new Table(position);
            table.Entries[names[i]] = (makesElement ? Append(table, names[i], made) : made, position);
            table = made;
        }
        return table;
    }

    private static Sequence Append(Table table, string name, Table element) =>
        table.Entries.TryGetValue(name, out var known) && known.Value is Sequence sequence
            ? sequence with { Items = [.. sequence.Items, element] }
            : new Sequence([element], element.Position);

    private static TomlNode FromValue(ValueSyntax value)
    {
        var position = PositionOf(value);
        switch (value)
        {
            case StringValueSyntax text: return new Scalar(text.Value ?? "", position);
            case BooleanValueSyntax truth: return new Scalar(truth.Value, position);
            case IntegerValueSyntax number: return new Scalar(number.Value, position);
            case FloatValueSyntax number: return new Scalar(number.Value, position);
            case ArraySyntax array: return new Sequence([.. array.Items.Where(i => i.Value is not null).Select(i => FromValue(i.Value!))], position);
            case InlineTableSyntax inline:
                var table = new Table(position);
                foreach (var item in inline.Items)
                {
                    if (item.KeyValue is not null) Put(table, item.KeyValue);
                }
                return table;
            default: return new Scalar(value.ToString().Trim(), position);
        }
    }

    private static string[] Names(KeySyntax key) =>
        [Name(key.Key), .. key.DotKeys.Select(d => Name(d.Key))];

    private static string Name(BareKeyOrStringValueSyntax? key) => key switch
    {
        BareKeySyntax bare => bare.Key?.Text?.Trim() ?? "",
        StringValueSyntax text => text.Value ?? "",
        _ => "",
    };

    private static SourcePosition PositionOf(SyntaxNode node) => new(node.Span.Start.Line + 1, node.Span.Start.Column + 1);
}
