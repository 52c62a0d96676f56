using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Milters;

/// <summary>
/// One milter that follows a session. Each step has its time; a milter that breaks it or throws is left alone until the next transaction, where it is asked anew. The session's alone.
/// </summary>
internal sealed partial class FollowingMilter(IMilter milter, MilterSettings settings, TimeProvider time, ILogger log) : IAsyncDisposable
{
    // So often may a milter ask for more time with one message: a client waits ten minutes for the reply (RFC 5321 §4.5.3.2.6), and a session never for ever.
    private const int MostProgress = 20;

    private IMilterSession? _session;
    private Helo? _helo;
    private bool _hasStarted;
    private bool _isOut;
    private bool _isInMessage;
    private int _progress;

    internal string Name => milter.Name;

    /// <summary>True while it wants to hear of the message.</summary>
    internal bool Listens => _session is not null && !_isOut && !HasFailed;

    /// <summary>True once it failed in this transaction: the default action is its answer.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>A transaction begins: connects the milter when it is not, and tells it of a new HELO. Its answer to that.</summary>
    internal async ValueTask<Verdict> BeginAsync(SenderContext context, CancellationToken cancellationToken)
    {
        (HasFailed, _isOut) = (false, false);
        if (!_hasStarted)
        {
            _session = await CallAsync("connect", settings.ConnectTimeout, token => milter.StartAsync(context, token), cancellationToken);
            if (HasFailed) return Verdict.Dunno;
            (_hasStarted, _helo) = (true, null);
        }
        if (!Listens || context.Helo is not { } helo || ReferenceEquals(helo, _helo)) return Verdict.Dunno;
        var answer = await AskAsync("helo", settings.CommandTimeout, (session, token) => session.HeloAsync(context, token), cancellationToken);
        if (answer is Verdict.PermitVerdict) await LeaveAsync();
        // A refusal stays until there is another HELO, and is asked for again until then.
        else if (answer is not Verdict.Refuse) _helo = helo;
        return answer;
    }

    /// <summary>What holds for it.</summary>
    internal MilterSettings Settings => settings;

    /// <summary>It said that it still works.</summary>
    internal void Progress() => Interlocked.Increment(ref _progress);

    internal async ValueTask<Verdict> AskAsync(string step, TimeSpan patience, Func<IMilterSession, CancellationToken, ValueTask<Verdict>> ask, CancellationToken cancellationToken)
    {
        if (!Listens) return Verdict.Dunno;
        _isInMessage |= step == "mail";
        var session = _session!;
        var answer = await CallAsync<Verdict>(step, patience, async token => await ask(session, token), cancellationToken) ?? Verdict.Dunno;
        if (answer is Verdict.PermitVerdict) _isOut = true;
        return answer;
    }

    /// <summary>The transaction is over; one that ended without a message is told so.</summary>
    internal async ValueTask EndAsync(bool isAborted)
    {
        var isInMessage = _isInMessage;
        _isInMessage = false;
        if (!isAborted || !isInMessage || _session is not { } session || HasFailed) return;
        await CallAsync<object>("abort", settings.CommandTimeout, async token =>
        {
            await session.AbortAsync(token);
            return null;
        }, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => LeaveAsync();

    private async ValueTask<T?> CallAsync<T>(string step, TimeSpan patience, Func<CancellationToken, ValueTask<T?>> call, CancellationToken cancellationToken) where T : class
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T?>? task = null;
        try
        {
            var pending = call(deadline.Token);
            if (pending.IsCompletedSuccessfully) return pending.Result;
            task = pending.AsTask();
            return await WaitAsync(task, patience, cancellationToken);
        }
        catch (Exception failure)
        {
            HasFailed = true;
            await deadline.CancelAsync();
            var left = _session;
            (_session, _hasStarted) = (null, false);
            _ = CloseAfterAsync(task ?? Task.FromResult<T?>(null), left);
            if (cancellationToken.IsCancellationRequested) throw;
            Tell(step, failure is TimeoutException ? $"no answer within {patience.TotalSeconds} s" : failure is TemporaryFailureException ? failure.Message : failure.GetType().Name);
            return null;
        }
    }

    private void Tell(string step, string reason)
    {
        var untold = settings.Failures is { } failures ? failures.Count(Name, settings.DefaultAction) : 0;
        if (untold == 0) Log.Failed(log, Name, step, reason);
        else if (untold is { } count) Log.FailedOften(log, Name, step, reason, count);
    }

    private async Task<T?> WaitAsync<T>(Task<T?> task, TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var extensions = 0; ; extensions++)
        {
            try
            {
                return await task.WaitAsync(patience, time, cancellationToken);
            }
            catch (TimeoutException) when (!task.IsCompleted && Interlocked.Exchange(ref _progress, 0) > 0 && extensions < MostProgress)
            {
                // It goes on.
            }
        }
    }

    // A call that was given up still runs in it: it can only be closed behind that.
    private async Task CloseAfterAsync<T>(Task<T?> call, IMilterSession? left) where T : class
    {
        try
        {
            if (await call is IMilterSession late) await CloseAsync(late);
        }
        catch (Exception failure)
        {
            Log.Late(log, Name, failure.GetType().Name);
        }
        await CloseAsync(left);
    }

    private ValueTask LeaveAsync()
    {
        var left = _session;
        _session = null;
        return CloseAsync(left);
    }

    private async ValueTask CloseAsync(IMilterSession? session)
    {
        if (session is null) return;
        try
        {
            await session.DisposeAsync().AsTask().WaitAsync(settings.CommandTimeout, time);
        }
        catch (Exception failure)
        {
            Log.Failed(log, Name, "close", failure.GetType().Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "milter {Name}: {Step} failed: {Reason}")]
        public static partial void Failed(ILogger logger, string name, string step, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "milter {Name}: {Step} failed: {Reason} (and {Count} failures before it)")]
        public static partial void FailedOften(ILogger logger, string name, string step, string reason, int count);

        [LoggerMessage(Level = LogLevel.Debug, Message = "milter {Name}: a call that was given up ended with {Reason}")]
        public static partial void Late(ILogger logger, string name, string reason);
    }
}
