using System.Net;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>Keeps one connection to Dovecot and makes another when it is lost. What was offered last stays offered while Dovecot is away.</summary>
internal sealed partial class DovecotClient(EndPoint place, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    internal static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OpenPatience = TimeSpan.FromSeconds(5);
    // Dovecot may hold back the answer to a failed login for 15 seconds; the session waits for 30.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(25);

    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _firstWord = new();
    private readonly CancellationTokenSource _end = new();
    private Task<DovecotConnection>? _opening;
    private volatile IReadOnlyList<SaslMechanism> _mechanisms = [];
    private bool _isAway;

    /// <summary>What Dovecot offered last.</summary>
    internal IReadOnlyList<SaslMechanism> Mechanisms => _mechanisms;

    /// <summary>Blocks until Dovecot was reached or was not, for a limited time.</summary>
    internal void WaitForFirstWord(TimeSpan patience) => _firstWord.Wait(patience);

    /// <summary>Stays connected, so that a Dovecot that comes, or comes back with other mechanisms, is noticed without a login.</summary>
    internal async Task KeepConnectedAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var connection = await ConnectAsync(cancellationToken);
                await connection.Ended.WaitAsync(cancellationToken);
            }
            catch (IOException)
            {
                await Task.Delay(RetryInterval, time, cancellationToken);
            }
        }
    }

    /// <summary>The connection there is, or a new one; all who wait get the same.</summary>
    /// <exception cref="IOException">There is none to be had.</exception>
    internal Task<DovecotConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_end.IsCancellationRequested) throw new IOException("the connection is closed");
            if (_opening is null || _opening.IsCompleted && !(_opening.IsCompletedSuccessfully && _opening.Result.IsAlive)) _opening = OpenAsync();
            return _opening.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Asks within the time a client may be kept waiting.</summary>
    /// <exception cref="IOException">The connection ended, or no answer came.</exception>
    internal async Task<AuthReply> AskAsync(DovecotConnection connection, uint id, byte[] line, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(AnswerPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await connection.AskAsync(id, line, both.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            var silence = new IOException($"no answer from Dovecot within {AnswerPatience.TotalSeconds} s");
            connection.End(silence);
            throw silence;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<DovecotConnection>? last;
        lock (_gate)
        {
            _end.Cancel();
            last = _opening;
        }
        try
        {
            if (last is not null) await (await last).DisposeAsync();
        }
        catch (IOException)
        {
            // It never came to be.
        }
        _firstWord.Dispose();
        _end.Dispose();
    }

    private async Task<DovecotConnection> OpenAsync()
    {
        await Task.Yield();
        using var patience = new CancellationTokenSource(OpenPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _end.Token);
        try
        {
            var connection = await DovecotConnection.OpenAsync(place, both.Token);
            _mechanisms = connection.Mechanisms;
            if (_isAway) Log.IsBack(logger, place.ToString()!);
            _isAway = false;
            return connection;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            var cause = error is IOException ? error.Message : $"no answer within {OpenPatience.TotalSeconds} s";
            if (!_isAway && !_end.IsCancellationRequested) Log.IsAway(logger, place.ToString()!, cause);
            _isAway = true;
            throw new IOException($"Dovecot can't be reached at {place}: {cause}", error);
        }
        finally
        {
            if (!_end.IsCancellationRequested) _firstWord.Set();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Dovecot can't be reached at {Place}, nobody can log in: {Cause}")]
        internal static partial void IsAway(ILogger logger, string place, string cause);

        [LoggerMessage(Level = LogLevel.Information, Message = "Dovecot answers again at {Place}")]
        internal static partial void IsBack(ILogger logger, string place);
    }
}
