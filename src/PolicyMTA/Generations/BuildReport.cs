using PolicyMTA.Configuration;
using PolicyMTA.PluginHost;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Collects what is wrong while a generation is made.</summary>
internal sealed class BuildReport(MailConfiguration configuration)
{
    private readonly List<ConfigurationError> _errors = [];
    private readonly List<ConfigurationError> _warnings = [];

    /// <summary>What keeps the generation from coming in force, by file and line.</summary>
    public IReadOnlyList<ConfigurationError> Errors => [.. _errors.Distinct().OrderBy(e => e.File == configuration.File ? 0 : 1).ThenBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line).ThenBy(e => e.Column)];

    /// <summary>What is suspicious.</summary>
    public IReadOnlyList<ConfigurationError> Warnings => _warnings;

    /// <summary>True when something is wrong.</summary>
    public bool HasErrors => _errors.Count > 0;

    /// <summary>Notes mistakes.</summary>
    public void Add(IEnumerable<ConfigurationError> errors) => _errors.AddRange(errors);

    /// <summary>Notes mistakes of plugins.</summary>
    public void Add(IEnumerable<PluginError> errors) => _errors.AddRange(errors.Select(e => new ConfigurationError(e.Path, 0, 0, e.Message)));

    /// <summary>Notes mistakes and warnings of policies.</summary>
    public void Add(PolicyLoadResult result)
    {
        _errors.AddRange(result.Errors.Select(AsError));
        _warnings.AddRange(result.Warnings.Select(AsError));
    }

    /// <summary>Notes a mistake at a place of the configuration.</summary>
    public void Add(SourcePosition position, string message) => _errors.Add(new ConfigurationError(configuration.File, position.Line, position.Column, message));

    /// <summary>Notes a mistake of a file or folder.</summary>
    public void Add(string file, string message) => _errors.Add(new ConfigurationError(file, 0, 0, message));

    /// <summary>Notes something suspicious at a line of a file.</summary>
    public void Warn(string file, int line, string message) => _warnings.Add(new ConfigurationError(file, line, 0, message));

    /// <summary>Runs a step; a mistake it throws is noted at that place. False when it threw.</summary>
    public bool Try(SourcePosition position, Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (ConfigurationException error)
        {
            Add(position, error.Message);
            return false;
        }
    }

    /// <summary>The same for a step that belongs to a file.</summary>
    public bool Try(string file, Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (ConfigurationException error)
        {
            Add(file, error.Message);
            return false;
        }
    }

    private static ConfigurationError AsError(PolicyError error) => new(error.File, error.Line, error.Column, error.Message);
}
