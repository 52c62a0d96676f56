using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords.PasswdFiles;

/// <summary>
/// The table type <c>passwd_file</c>: a user's stored password. A changed file is read again; while it is missing or unreadable, what it said last stays in force.
/// </summary>
internal sealed partial class PasswdFileTable : ILookupTable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private volatile FrozenDictionary<string, string> _passwords;
    private (DateTime Written, long Length) _version;
    private long _looked;

    private PasswdFileTable(string path, IPluginServices services)
    {
        (_path, _time, _logger) = (path, services.Time, services.Logger);
        _looked = _time.GetTimestamp();
        _version = VersionOf(path);
        _passwords = Read(File.ReadLines(path));
    }

    /// <exception cref="ConfigurationException">The file can't be read.</exception>
    internal static PasswdFileTable Open(TableArguments arguments, IPluginServices services)
    {
        var path = arguments.FullPath(arguments.Parameters.GetValueOrDefault("path", arguments.Name));
        try
        {
            return new PasswdFileTable(path, services);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{arguments}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _looked)) >= Interval) Refresh();
        return ValueTask.FromResult(_passwords.TryGetValue(key, out var password) ? LookupResult.Found(password) : LookupResult.None);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Refresh()
    {
        // One caller looks; the others go on with what there is.
        if (!_gate.TryEnter()) return;
        try
        {
            Volatile.Write(ref _looked, _time.GetTimestamp());
            var version = VersionOf(_path);
            if (version == _version) return;
            (_passwords, _version) = (Read(File.ReadLines(_path)), version);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.Unreadable(_logger, _path, e.Message);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private FrozenDictionary<string, string> Read(IEnumerable<string> lines)
    {
        var passwords = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (PasswdLine.IsNothing(line)) continue;
            if (!PasswdLine.TryParse(line, out var entry)) Log.BadLine(_logger, _path, number);
            else if (entry.Restriction is { } restriction) Log.Restricted(_logger, _path, number, restriction);
            else if (!passwords.TryAdd(entry.User, entry.Password)) Log.Twice(_logger, _path, number, entry.User);
        }
        return passwords.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static (DateTime Written, long Length) VersionOf(string path)
    {
        var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        return (file.LastWriteTimeUtc, file.Length);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{File}: line {Line}: expected: user:password")]
        internal static partial void BadLine(ILogger logger, string file, int line);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{File}: line {Line}: the user can't log in: {Field} is not followed here")]
        internal static partial void Restricted(ILogger logger, string file, int line, string field);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{File}: line {Line}: {User} is there already")]
        internal static partial void Twice(ILogger logger, string file, int line, string user);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{File} can't be read again, its last content stays in force: {Cause}")]
        internal static partial void Unreadable(ILogger logger, string file, string cause);
    }
}
