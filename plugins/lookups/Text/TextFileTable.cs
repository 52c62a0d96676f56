using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>
/// Rules from a file, or written in place as <c>{ {rule} {rule} }</c>. A changed file is read again; while it is missing or unreadable, what it said
/// last stays in force.
/// </summary>
internal sealed partial class TextFileTable : ILookupTable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly string? _path;
    private readonly RuleParser _parse;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private volatile IRules _rules;
    private (DateTime Written, long Length) _version;
    private long _looked;

    private TextFileTable(string name, string? path, string text, RuleParser parse, IPluginServices services)
    {
        (_name, _path, _parse, _time, _logger) = (name, path, parse, services.Time, services.Logger);
        _version = path is null ? default : VersionOf(path);
        _looked = _time.GetTimestamp();
        _rules = parse(text, Warn);
    }

    /// <exception cref="ConfigurationException">The file can't be read.</exception>
    internal static TextFileTable Open(TableArguments arguments, IPluginServices services, RuleParser parse)
    {
        if (arguments.Name.StartsWith('{')) return new TextFileTable(arguments.Type, null, InlineText.JoinRules(arguments), parse, services);
        var name = arguments.Parameters.GetValueOrDefault("path", arguments.Name);
        var path = arguments.FullPath(name);
        try
        {
            return new TextFileTable($"{arguments.Type}:{name}", path, File.ReadAllText(path), parse, services);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{arguments.Type}:{name}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public bool AcceptsPartialKeys => _rules.AcceptsPartialKeys;

    /// <inheritdoc/>
    public bool FoldsKeys => _rules.FoldsKeys;

    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (_path is not null && _time.GetElapsedTime(Volatile.Read(ref _looked)) >= Interval) Refresh(_path);
        return ValueTask.FromResult(_rules.Find(key));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken)
    {
        if (_path is not null) Refresh(_path);
        return _rules.Entries?.ToAsyncEnumerable();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Refresh(string path)
    {
        // One caller looks; the others go on with what there is.
        if (!_gate.TryEnter()) return;
        try
        {
            Volatile.Write(ref _looked, _time.GetTimestamp());
            var version = VersionOf(path);
            if (version == _version) return;
            var rules = _parse(File.ReadAllText(path), Warn);
            (_rules, _version) = (rules, version);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.Unreadable(_logger, _name, e.Message);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Warn(int line, string text) => Log.BadRule(_logger, _name, line, text);

    private static (DateTime Written, long Length) VersionOf(string path)
    {
        var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        return (file.LastWriteTimeUtc, file.Length);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Table}, line {Line}: {Text}")]
        internal static partial void BadRule(ILogger logger, string table, int line, string text);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Table} can't be read again, its last content stays in force: {Cause}")]
        internal static partial void Unreadable(ILogger logger, string table, string cause);
    }
}
