using Microsoft.Extensions.Logging;
using PolicyMTA.Configuration;
using PolicyMTA.Leases;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Reload and rollback: makes a generation, and puts it in force wholly or not at all. Thread-safe; one change at a time.</summary>
internal sealed partial class GenerationControl(GenerationBuilder builder, GenerationStore store, IGenerationTarget target, LiveGenerations live, World world) : IAsyncDisposable
{
    // DESIGN §3: beyond four, sessions may not stay where they are; a reload waits this long for open transactions.
    private const int MostLive = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ILogger _log = world.Logging.CreateLogger("generations");
    private Lease<Generation>? _inForce;
    private string _author = "start"; // of the change whose turn it is

    /// <summary>The generation in force.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public Generation InForce => _inForce?.Value ?? throw new InvalidOperationException("no generation is in force");

    /// <summary>Holds the generation in force, whatever replaces it meanwhile.</summary>
    public Lease<Generation> LeaseInForce() => _inForce?.Share() ?? throw new InvalidOperationException("no generation is in force");

    /// <summary>Puts the first generation in force: the one of the files, unless a person rolled back from exactly that one.</summary>
    public async Task<ReloadResult> StartAsync(MailConfiguration configuration, CancellationToken cancellationToken)
    {
        var built = await builder.BuildAsync(new GenerationSource(configuration), null, cancellationToken);
        if (built.Generation is not { } generation) return Refused("", built);
        if (store.ReadHistory() is not [var last, ..] || last.RolledBackFrom != generation.Hash) return await PutInForceAsync(built, rolledBackFrom: null, cancellationToken);
        var earlier = await BuildEarlierAsync(last.Hash, generation.Configuration, cancellationToken);
        if (earlier.Generation is null) return await PutInForceAsync(built, rolledBackFrom: null, cancellationToken);
        Log.StaysRolledBack(_log, generation.Hash, last.Hash);
        await generation.DisposeAsync();
        return await PutInForceAsync(earlier, last.RolledBackFrom, cancellationToken);
    }

    /// <summary>Makes a generation of the configuration's files and puts it in force, for nobody in particular.</summary>
    public Task<ReloadResult> ReloadAsync(bool now, CancellationToken cancellationToken) => ReloadAsync(now, "", cancellationToken);

    /// <summary>Makes a generation of the configuration's files and puts it in force.</summary>
    public async Task<ReloadResult> ReloadAsync(bool now, string author, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        _author = author;
        var loaded = ConfigurationLoader.Load(OwnFile());
        if (loaded.Configuration is not { } configuration) return Failed(InForce.Hash, loaded.Errors);
        var result = await PutInForceAsync(await builder.BuildAsync(new GenerationSource(configuration), InForce, cancellationToken), null, cancellationToken);
        if (result.Succeeded) await MakeRoomAsync(now, cancellationToken);
        return result;
    }

    /// <summary>Puts an earlier generation in force, for nobody in particular.</summary>
    public Task<ReloadResult> RollbackAsync(string? hash, CancellationToken cancellationToken) => RollbackAsync(hash, "", cancellationToken);

    /// <summary>Puts an earlier generation in force; null: the one before. A unique prefix of its hash will do.</summary>
    public async Task<ReloadResult> RollbackAsync(string? hash, string author, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        _author = author;
        var from = InForce.Hash;
        var history = store.ReadHistory();
        var known = history.Select(e => e.Hash).Distinct().ToList();
        var wanted = hash is null ? FindBefore(history, from) : known.Where(k => k.StartsWith(hash, StringComparison.OrdinalIgnoreCase)).ToList();
        if (wanted is not [var one]) return Failed(from, [new ConfigurationError("history", 0, 0, DescribeChoice(hash, wanted))]);
        var result = await PutInForceAsync(await BuildEarlierAsync(one, InForce.Configuration, cancellationToken), from, cancellationToken);
        if (!result.Succeeded) return result;
        await MakeRoomAsync(now: true, cancellationToken);
        return result.Hash == one ? result : result with { Warnings = [.. result.Warnings, NotTheSame(one, result.Hash)] };
    }

    // Back from a generation that somebody went back to is what came before it then, not what was left by going back.
    private static List<string> FindBefore(IReadOnlyList<HistoryRecord> history, string from)
    {
        var left = new HashSet<string>(StringComparer.Ordinal) { from };
        foreach (var record in history)
        {
            if (record.RolledBackFrom is { } one) left.Add(one);
            else if (!left.Contains(record.Hash)) return [record.Hash];
        }
        return [];
    }

    private ConfigurationError NotTheSame(string wanted, string made) =>
        new(InForce.Configuration.File, 0, 0, $"this is not all that generation {wanted} was: tables or certificates have changed since, so it is {made} now");

    /// <summary>The times that generations came in force, newest first.</summary>
    public IReadOnlyList<HistoryEntry> History() => [.. store.ReadHistory().Select((e, i) => new HistoryEntry(e.Hash, e.Since, e.Changes, i == 0, e.Author ?? ""))];

    /// <summary>
    /// What configuration and policies say differently in two generations, as diff -u writes it; empty when they say the same. Null: the one in force, and the one before it.
    /// </summary>
    /// <exception cref="Sdk.ConfigurationException">There is no such generation, or its copy is gone.</exception>
    public string Difference(string? from, string? to)
    {
        var history = store.ReadHistory();
        var later = Choose(history, to, () => [InForce.Hash]);
        return store.Difference(Choose(history, from, () => [.. history.SkipWhile(e => e.Hash != later).Select(e => e.Hash).Where(h => h != later).Take(1)]), later);
    }

    private static string Choose(IReadOnlyList<HistoryRecord> history, string? hash, Func<List<string>> otherwise)
    {
        var found = hash is null ? otherwise() : history.Select(e => e.Hash).Distinct().Where(k => k.StartsWith(hash, StringComparison.OrdinalIgnoreCase)).ToList();
        return found is [var one] ? one : throw new ConfigurationException(DescribeChoice(hash, found));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _inForce, null) is { } lease) await lease.DisposeAsync();
        _gate.Dispose();
    }

    private async Task<BuildResult> BuildEarlierAsync(string hash, MailConfiguration inForce, CancellationToken cancellationToken)
    {
        var (source, errors) = store.Find(hash, inForce);
        return source is null ? new BuildResult(null, errors, []) : await builder.BuildAsync(source, _inForce?.Value, cancellationToken);
    }

    private async Task<ReloadResult> PutInForceAsync(BuildResult built, string? rolledBackFrom, CancellationToken cancellationToken)
    {
        var before = _inForce;
        if (built.Generation is not { } generation) return Refused(before?.Value.Hash ?? "", built);
        var warnings = built.Warnings.Concat(StartOnly.FindChanges(before?.Value.Configuration, generation.Configuration)).ToList();
        if (before?.Value.Hash == generation.Hash)
        {
            await generation.DisposeAsync();
            return new ReloadResult { Succeeded = true, Hash = generation.Hash, Warnings = warnings };
        }
        var changes = generation.Manifest.DifferencesFrom(before?.Value.Manifest);
        var lease = live.Lease(generation);
        if (await PrepareAsync(lease, cancellationToken) is { } error)
        {
            await target.AbandonAsync();
            await lease.DisposeAsync();
            return Failed(before?.Value.Hash ?? "", [error]);
        }
        generation.Scope.EnterForce();
        _inForce = lease;
        await target.ReplaceAsync(lease.Share());
        if (before is not null) await before.DisposeAsync();
        Remember(generation, changes, rolledBackFrom);
        return new ReloadResult { Succeeded = true, Hash = generation.Hash, Changes = changes, Warnings = warnings };
    }

    // The generation is in force whether or not this can be written: a full disk must not undo it.
    private void Remember(Generation generation, IReadOnlyList<string> changes, string? rolledBackFrom)
    {
        Log.InForce(_log, generation.Hash, changes.Count);
        if (store.ReadHistory() is [var last, ..] && last.Hash == generation.Hash && changes.Count == 0 && last.RolledBackFrom == rolledBackFrom) return;
        try
        {
            store.Record(new HistoryRecord(generation.Hash, world.Time.GetUtcNow(), changes, rolledBackFrom == generation.Hash ? null : rolledBackFrom, _author.Length > 0 ? _author : null), live.Manifests);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.HistoryNotWritten(_log, error);
        }
    }

    private async Task MakeRoomAsync(bool now, CancellationToken cancellationToken)
    {
        if (now || live.Count > MostLive) target.MoveSessions();
        var started = world.Time.GetTimestamp();
        while (live.Count > MostLive && world.Time.GetElapsedTime(started) < Patience) await Task.Delay(Glance, world.Time, cancellationToken);
    }

    private string OwnFile() => Path.Combine(InForce.Configuration.Root, FileName);

    /// <summary>The name of the configuration's file; a copy of the history has the same folder but another name.</summary>
    public required string FileName { get; init; }

    private async Task<ConfigurationError?> PrepareAsync(Lease<Generation> lease, CancellationToken cancellationToken)
    {
        var configuration = lease.Value.Configuration;
        try
        {
            store.Save(lease.Value);
            await target.PrepareAsync(lease, cancellationToken);
            return null;
        }
        catch (ConfigurationException error)
        {
            var at = configuration.Listeners.FirstOrDefault(l => error.Message.StartsWith($"listener '{l.Name}'", StringComparison.Ordinal))?.Position ?? default;
            return new ConfigurationError(configuration.File, at.Line, at.Column, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new ConfigurationError(configuration.GenerationsFolder, 0, 0, $"can't be written: {error.Message}");
        }
        catch
        {
            await target.AbandonAsync();
            await lease.DisposeAsync();
            throw;
        }
    }

    private static string DescribeChoice(string? hash, List<string> found) => (hash, found.Count) switch
    {
        (null, _) => "there is no earlier generation to go back to",
        (_, 0) => $"there is no generation '{hash}'; see policymta policy history",
        _ => $"'{hash}' could be any of {string.Join(", ", found)}",
    };

    private async Task<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        return new Turn(_gate);
    }

    private static ReloadResult Refused(string hash, BuildResult built) => new() { Succeeded = false, Hash = hash, Errors = built.Errors, Warnings = built.Warnings };

    private static ReloadResult Failed(string hash, IReadOnlyList<ConfigurationError> errors) => new() { Succeeded = false, Hash = hash, Errors = errors };

    private readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "generation {Hash} is in force, {Changes} changes")]
        public static partial void InForce(ILogger logger, string hash, int changes);

        [LoggerMessage(Level = LogLevel.Warning, Message = "the files make generation {Hash}, which was rolled back: {Earlier} stays in force until the next reload")]
        public static partial void StaysRolledBack(ILogger logger, string hash, string earlier);

        [LoggerMessage(Level = LogLevel.Warning, Message = "the history of generations can't be written")]
        public static partial void HistoryNotWritten(ILogger logger, Exception error);
    }
}
