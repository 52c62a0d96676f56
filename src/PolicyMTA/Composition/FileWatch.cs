using Microsoft.Extensions.Logging;
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
    private readonly List<FileSystemWatcher> _watchers = [];
    private Task _reload = Task.CompletedTask;

    /// <summary>Watches the files of a server.</summary>
    public FileWatch(MailServer server, World world)
    {
        _server = server;
        _log = world.Logging.CreateLogger("watch");
        _timer = world.Time.CreateTimer(_ => _reload = ReloadAsync(_reload), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var configuration = server.Configuration;
        Watch(configuration.Root, "*.toml", withSubfolders: false);
        Watch(configuration.Policy.Folder, "*.js", withSubfolders: true);
        Watch(configuration.SitePluginFolder, "*", withSubfolders: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers) watcher.Dispose();
        await _timer.DisposeAsync();
        await _end.CancelAsync();
        await _reload;
        _end.Dispose();
    }

    private void Watch(string folder, string filter, bool withSubfolders)
    {
        if (!Directory.Exists(folder)) return;
        var watcher = new FileSystemWatcher(folder, filter) { IncludeSubdirectories = withSubfolders };
        watcher.Changed += OnChange;
        watcher.Created += OnChange;
        watcher.Deleted += OnChange;
        watcher.Renamed += OnChange;
        watcher.EnableRaisingEvents = true;
        _watchers.Add(watcher);
    }

    private void OnChange(object sender, FileSystemEventArgs change)
    {
        if (_server.Configuration.Parameters.Boolean("watch")) _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
    }

    private async Task ReloadAsync(Task before)
    {
        await before;
        try
        {
            var result = await _server.ReloadAsync(now: false, _end.Token);
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

        [LoggerMessage(Level = LogLevel.Error, Message = "changed files can't be put in force")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
