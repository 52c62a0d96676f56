using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>
/// What one part of a generation gets from the program. It remembers what the part used, keeps the tables it opened alive, and ends its background work
/// when the part is let go. Thread-safe.
/// </summary>
internal sealed partial class PluginServices : IPluginServices, ILookupTables, IAsyncDisposable
{
    // Work that does not end when it is told to must not hold up a reload for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly object? _options;
    private readonly RecordingSettings _settings;
    private readonly ConcurrentDictionary<string, Lazy<GenerationPart<PluginMade<ILookupTable>>>> _tables = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<IAsyncDisposable> _held = [];
    private readonly ConcurrentDictionary<Task, bool> _work = new();
    private readonly CancellationTokenSource _end = new();
    private volatile GenerationScope _scope;

    /// <summary>Services for a part that the named owner makes with these options.</summary>
    public PluginServices(GenerationScope scope, string owner, object? options)
    {
        (_scope, _options) = (scope, options);
        _settings = new RecordingSettings(() => _scope.Parameters, Dependencies);
        Logger = scope.World.Logging.CreateLogger(owner);
    }

    /// <summary>What the part used so far.</summary>
    public Dependencies Dependencies { get; } = new();

    /// <inheritdoc/>
    public ISettings Settings => _settings;

    /// <inheritdoc/>
    public ILookupTables Tables => this;

    /// <inheritdoc/>
    public IAddressClasses Addresses
    {
        get
        {
            Dependencies.UsesAddresses = true;
            return _scope;
        }
    }

    /// <inheritdoc/>
    public IDnsResolver Dns => _scope.World.Dns;

    /// <inheritdoc/>
    public IAddressVerifier Verifier => _scope.World.Verifier;

    /// <inheritdoc/>
    public IMailSubmission Submission => _scope.World.Submission;

    /// <inheritdoc/>
    public Meter Meter => _scope.World.Metrics.Plugins;

    /// <inheritdoc/>
    public bool IsRehearsal => _scope.World.Rehearsal is not null;

    /// <inheritdoc/>
    public TimeProvider Time => _scope.World.Time;

    /// <inheritdoc/>
    public ILogger Logger { get; }

    /// <inheritdoc/>
    public TOptions Options<TOptions>() where TOptions : class =>
        _options as TOptions ?? throw new ConfigurationException($"the plugin has not declared options of type {typeof(TOptions).Name}");

    /// <inheritdoc/>
    public ILookupTable Open(string specification)
    {
        // Two that ask at once get one lease; a mistake is not remembered: the file may be there later.
        var lazy = _tables.GetOrAdd(specification, name => new Lazy<GenerationPart<PluginMade<ILookupTable>>>(() => OpenAndHold(name)));
        try
        {
            return lazy.Value.Value.Value;
        }
        catch
        {
            _tables.TryRemove(new(specification, lazy));
            throw;
        }
    }

    /// <summary>Keeps something alive as long as the part.</summary>
    public void Hold(IAsyncDisposable held) => _held.Add(held);

    /// <summary>The part serves another generation now: what it opens from here on is opened there.</summary>
    public void MoveTo(GenerationScope scope) => _scope = scope;

    /// <inheritdoc/>
    public void Run(string name, Func<CancellationToken, Task> work)
    {
        var running = RunAsync(name, work);
        _work[running] = true;
        // Registered after it is in the table, so that it always leaves it.
        running.ContinueWith(over => _work.TryRemove(over, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _end.CancelAsync();
            await Task.WhenAll(_work.Keys).WaitAsync(Patience, Time);
        }
        catch (TimeoutException)
        {
            Log.WorkGoesOn(Logger);
        }
        catch (AggregateException error)
        {
            // What a plugin registered for its end.
            Log.EndFailed(Logger, error);
        }
        await Release.AllAsync(_tables.Values.Where(t => t.IsValueCreated).Select(t => t.Value), Logger);
        await Release.AllAsync(_held, Logger);
        _end.Dispose();
    }

    private GenerationPart<PluginMade<ILookupTable>> OpenAndHold(string specification)
    {
        var part = _scope.Tables.OpenPart(specification);
        Dependencies.AddTable(specification, part.Hash);
        return (GenerationPart<PluginMade<ILookupTable>>)part.Share();
    }

    private async Task RunAsync(string name, Func<CancellationToken, Task> work)
    {
        await Task.Yield();
        try
        {
            await work(_end.Token);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            Log.WorkFailed(Logger, name, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "background work {Name} failed")]
        public static partial void WorkFailed(ILogger logger, string name, Exception error);

        [LoggerMessage(Level = LogLevel.Error, Message = "background work did not take its end well")]
        public static partial void EndFailed(ILogger logger, Exception error);

        [LoggerMessage(Level = LogLevel.Warning, Message = "background work goes on although it was told to end")]
        public static partial void WorkGoesOn(ILogger logger);
    }
}
