using System.Collections.Frozen;
using System.Globalization;
using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>
/// Parameters by their Postfix names, with defaults filled in and <c>$name</c> expanded. An immutable value. What the file got wrong is found by
/// <see cref="ParameterChecks"/> before anyone reads.
/// </summary>
internal sealed class Parameters : ISettings
{
    private readonly FrozenDictionary<string, KeyDefinition> _definitions;
    private readonly FrozenDictionary<string, ParameterValue> _given;

    private Parameters(string root, IEnumerable<KeyDefinition> definitions, IEnumerable<KeyValuePair<string, ParameterValue>> given)
    {
        Root = root;
        _definitions = definitions.ToFrozenDictionary(d => d.Name, StringComparer.Ordinal);
        _given = given.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The folder that relative paths start from.</summary>
    public string Root { get; }

    /// <summary>Every key that is known, by name.</summary>
    public IEnumerable<KeyDefinition> Definitions => _definitions.Values.OrderBy(d => d.Name, StringComparer.Ordinal);

    /// <summary>What the file gives, by name.</summary>
    public IReadOnlyDictionary<string, ParameterValue> Given => _given;

    /// <summary>The keys of the file that nobody has declared.</summary>
    public IEnumerable<string> Undeclared => _given.Keys.Where(k => !_definitions.ContainsKey(k));

    /// <summary>Parameters of a file or section.</summary>
    public static Parameters Create(string root, IEnumerable<KeyDefinition> definitions, IEnumerable<KeyValuePair<string, ParameterValue>> given) => new(root, definitions, given);

    /// <summary>The same with further keys known: those of plugins. A name that is known already keeps its definition.</summary>
    public Parameters Declare(IEnumerable<KeyDefinition> definitions) =>
        new(Root, _definitions.Values.Concat(definitions.Where(d => !_definitions.ContainsKey(d.Name))), _given);

    /// <summary>The same with a listener's own values over them.</summary>
    public Parameters Override(IReadOnlyDictionary<string, ParameterValue> own) =>
        new(Root, _definitions.Values, own.Concat(_given.Where(g => !own.ContainsKey(g.Key))));

    /// <summary>Finds a key's definition; null when nobody has declared it.</summary>
    public KeyDefinition? FindDefinition(string name) => _definitions.GetValueOrDefault(name);

    /// <summary>Where a parameter stands in the file; 0:0 for a default.</summary>
    public SourcePosition PositionOf(string name) => _given.TryGetValue(name, out var value) ? value.Position : default;

    /// <inheritdoc/>
    public string Text(string name) => Value(name, []);

    /// <inheritdoc/>
    public int Int32(string name) => (int)Math.Min(Int64(name), int.MaxValue);

    /// <summary>The value as a large number.</summary>
    public long Int64(string name) =>
        long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Invalid(name, "a whole number");

    /// <inheritdoc/>
    public bool Boolean(string name) => Truth(Text(name)) ?? throw Invalid(name, "yes or no");

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string name)
    {
        if (!_given.TryGetValue(name, out var value) || value.Items is null) return WordList.Split(Text(name));
        return [.. value.Items.SelectMany(item => item.Contains('$', StringComparison.Ordinal) && _definitions[name].Kind != KeyKind.Template ? WordList.Split(Expand(item, [name])) : [item])];
    }

    /// <summary>The value as a span of time.</summary>
    public TimeSpan Duration(string name) =>
        PostfixDuration.TryParse(Text(name), _definitions[name].Unit, out var duration) ? duration : throw Invalid(name, "a time such as 300s or 5d");

    /// <summary>The value as networks.</summary>
    public NetworkList Networks(string name) =>
        NetworkList.TryParse(List(name), out var list, out var error) ? list : throw new ConfigurationException($"{name}: {error}");

    /// <inheritdoc/>
    public string FullPath(string path) => Path.GetFullPath(path, Root);

    /// <summary>The value as an absolute path; null when empty.</summary>
    public string? FilePath(string name) => Text(name) is { Length: > 0 } text ? FullPath(text) : null;

    /// <summary>Yes, no, or null for neither.</summary>
    internal static bool? Truth(string text) => text.ToLowerInvariant() switch { "yes" or "true" => true, "no" or "false" => false, _ => null };

    private string Raw(string name)
    {
        if (_given.TryGetValue(name, out var value)) return value.Text;
        return _definitions.TryGetValue(name, out var definition) ? definition.Default : throw new ConfigurationException($"there is no parameter '{name}'");
    }

    private string Expand(string text, HashSet<string> open) => ParameterExpansion.Expand(text, name => Value(name, open));

    private string Value(string name, HashSet<string> open)
    {
        if (!open.Add(name)) throw new ConfigurationException($"'{name}' is defined by itself");
        // Its macros are no parameters.
        var value = _definitions.GetValueOrDefault(name)?.Kind == KeyKind.Template ? Raw(name) : Expand(Raw(name), open);
        open.Remove(name);
        // As Postfix: names that nobody gave come from the machine.
        return (name, value) switch
        {
            ("myhostname", "") => MachineName(),
            ("mynetworks", "") when !_given.ContainsKey(name) => OwnNetworks.Find(Value("mynetworks_style", open)),
            ("mydomain", "") => ParentDomain(Value("myhostname", open)),
            _ => value,
        };
    }

    private static string MachineName()
    {
        var name = Environment.MachineName.ToLowerInvariant();
        return name.Contains('.', StringComparison.Ordinal) ? name : name + ".localdomain";
    }

    private static string ParentDomain(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? "localdomain" : host[(dot + 1)..];
    }

    private ConfigurationException Invalid(string name, string what) => new($"{name}: '{Text(name)}' is not {what}");
}
