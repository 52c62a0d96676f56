using System.Globalization;

namespace PolicyMTA.Sdk;

/// <summary>
/// The parameters of a table that asks a database, from a Postfix <c>.cf</c> file (<c>sqlite:/etc/postfix/x.cf</c>) or a <c>[tables.NAME]</c> section.
/// Immutable.
/// </summary>
public sealed class QueryParameters
{
    private readonly TableArguments _arguments;
    private readonly CfFile? _file;

    private QueryParameters(TableArguments arguments, CfFile? file) => (_arguments, _file) = (arguments, file);

    /// <summary>Reads them: the section's, or the file the table names.</summary>
    /// <param name="arguments">What the factory got.</param>
    /// <param name="known">The parameters the backend knows; another one is a mistake.</param>
    /// <exception cref="ConfigurationException">The file can't be read, or a parameter is unknown.</exception>
    public static QueryParameters Read(TableArguments arguments, params ReadOnlySpan<string> known)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var file = arguments.Parameters.Count > 0 ? null : CfFile.Read(arguments.FullPath(arguments.Name));
        var parameters = new QueryParameters(arguments, file);
        foreach (var name in file?.Names ?? arguments.Parameters.Keys)
        {
            if (!known.Contains(name) && !TableCaching.Names.Contains(name)) throw parameters.Mistake(name, "unknown parameter");
        }
        return parameters;
    }

    /// <summary>The folder that relative paths in the parameters start from: the file's own, or the configuration's.</summary>
    public string FullPath(string path) =>
        _file is null ? _arguments.FullPath(path) : Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(_file.Path))!);

    /// <summary>The value; null when there is none.</summary>
    public string? Find(string name) => _file is null ? _arguments.Parameters.GetValueOrDefault(name) : _file.Find(name);

    /// <summary>The value.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public string Require(string name) => Find(name) is { Length: > 0 } value ? value : throw Mistake(name, "is missing");

    /// <summary>The value as a number that is not negative.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public int Int32(string name, int defaultValue)
    {
        if (Find(name) is not { } text) return defaultValue;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Mistake(name, $"'{text}' is no number");
    }

    /// <summary>What <paramref name="parse"/> makes of the value; a mistake it finds gets the place of the parameter.</summary>
    /// <exception cref="ConfigurationException">There is no value, or it is wrong.</exception>
    public T Parse<T>(string name, Func<string, T> parse)
    {
        ArgumentNullException.ThrowIfNull(parse);
        try
        {
            return parse(Require(name));
        }
        catch (ConfigurationException e) when (!e.Message.StartsWith(Place, StringComparison.Ordinal))
        {
            throw Mistake(name, e.Message);
        }
    }

    /// <summary>What the parameters say of the cache, over what the backend asks for; null for none. For <see cref="ILookupTable.Caching"/>.</summary>
    /// <exception cref="ConfigurationException">A value is wrong.</exception>
    public TableCaching? Caching(TableCaching? standard) => TableCaching.Read(Find, standard);

    /// <summary>A mistake in a parameter, with its place.</summary>
    public ConfigurationException Mistake(string name, string message) =>
        _file?.Mistake(name, message) ?? new ConfigurationException($"{Place}: {name}: {message}");

    private string Place => _file?.Path ?? (_arguments.Name.Length > 0 ? $"table {_arguments}" : $"table of type {_arguments.Type}");
}
