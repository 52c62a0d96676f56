using Microsoft.Extensions.Logging;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;

namespace PolicyMTA.Composition;

/// <summary>With <c>watch = true</c>: puts changed files in force without being asked, once they have been quiet for a moment.</summary>
internal sealed partial class FileWatch : IAsyncDisposable
{
    // An editor writes a file in several steps, a copy of a plugin takes a while.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    private readonly MailServer _server;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly List<FileSystemWatcher> _watchers = [];
    private string[] _folders = [];
    private bool _isClosed;
    private Task _reload = Task.CompletedTask;

    /// <summary>Watches the files of a server.</summary>
    public FileWatch(MailServer server, World world)
    {
        _server = server;
        _log = world.Logging.CreateLogger("watch");
        _timer = world.Time.CreateTimer(_ => _reload = ReloadAsync(_reload), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Refresh();
    }

    /// <summary>Watches the files of the configuration in force, or none, as it says. After each change of the generation.</summary>
    public void Refresh()
    {
        var configuration = _server.Configuration;
        string[] folders = configuration.Parameters.Boolean("watch") ? [configuration.Root, PoliciesOf(configuration), configuration.SitePluginFolder] : [];
        lock (_gate)
        {
            if (_isClosed || folders.SequenceEqual(_folders)) return;
            Forget();
            _folders = folders;
            if (folders is not [var root, var policies, var plugins]) return;
            Watch(root, "*.toml", withSubfolders: false);
            Watch(policies, "*.js", withSubfolders: true);
            Watch(plugins, "*", withSubfolders: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            Forget();
        }
        await _timer.DisposeAsync();
        await _end.CancelAsync();
        await _reload;
        _end.Dispose();
    }

    private void Watch(string folder, string filter, bool withSubfolders)
    {
        if (!Directory.Exists(folder)) return;
        try
        {
            var watcher = new FileSystemWatcher(folder, filter) { IncludeSubdirectories = withSubfolders };
            _watchers.Add(watcher);
            watcher.Changed += OnChange;
            watcher.Created += OnChange;
            watcher.Deleted += OnChange;
            watcher.Renamed += OnChange;
            watcher.EnableRaisingEvents = true;
        }
        // The system has a limit of watches; a reload by hand still works.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Log.NotWatched(_log, folder, error);
        }
    }

    private void Forget()
    {
        foreach (var watcher in _watchers) watcher.Dispose();
        _watchers.Clear();
    }

    // A generation of the history reads its copy: what people edit is watched on.
    private string PoliciesOf(MailConfiguration configuration) =>
        _folders.Length > 0 && configuration.Policy.Folder.StartsWith(configuration.GenerationsFolder, StringComparison.Ordinal) ? _folders[1] : configuration.Policy.Folder;

    private void OnChange(object sender, FileSystemEventArgs change)
    {
        if (_server.Configuration.Parameters.Boolean("watch")) _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
    }

    private async Task ReloadAsync(Task before)
    {
        await before;
        try
        {
            var result = await _server.ReloadAsync(now: false, "watch", _end.Token);
            foreach (var error in result.Errors) Log.Refused(_log, error.ToString());
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            Log.Failed(_log, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "changed files are not put in force: {Error}")]
        public static partial void Refused(ILogger logger, string error);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Folder} can't be watched: changes there come in force with a reload")]
        public static partial void NotWatched(ILogger logger, string folder, Exception error);

        [LoggerMessage(Level = LogLevel.Error, Message = "changed files can't be put in force")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
