using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Scanning;

/// <summary>
/// A scanner in a process of its own. Messages scanned at once are bounded, and each has its time; whatever goes wrong is a <see cref="TemporaryFailureException"/>, and so the
/// milter's default action. Thread-safe.
/// </summary>
internal sealed class Scanner(EndPoint place, ScanLimits limits, TimeProvider time, Meter meter, string name) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(limits.Connections);
    private readonly Counter<long> _requests = meter.CreateCounter<long>($"policymta_{name}_requests_total", null, "Messages given to the scanner.");
    private readonly Counter<long> _failures = meter.CreateCounter<long>($"policymta_{name}_failures_total", null, "Messages it could not judge: it was not there, too late, or spoke nonsense.");
    private readonly Counter<long> _refused = meter.CreateCounter<long>($"policymta_{name}_refused_total", null, "Messages refused, deferred, held or discarded for what it said.");
    private readonly Counter<long> _skipped = meter.CreateCounter<long>($"policymta_{name}_oversize_total", null, "Messages too large for it.");

    /// <summary>Scans on a connection of its own.</summary>
    /// <exception cref="TemporaryFailureException">It could not be done.</exception>
    internal ValueTask<T> ScanAsync<T>(Func<Stream, CancellationToken, ValueTask<T>> talk, CancellationToken cancellationToken) => RunAsync(async token =>
    {
        await using var stream = await ConnectAsync(token);
        return await talk(stream, token);
    }, cancellationToken);

    /// <summary>Scans in whatever way, within a turn and its time.</summary>
    /// <exception cref="TemporaryFailureException">It could not be done.</exception>
    internal async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> scan, CancellationToken cancellationToken)
    {
        _requests.Add(1);
        using var limit = new CancellationTokenSource(limits.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _turns.WaitAsync(both.Token);
            try
            {
                return await scan(both.Token);
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _failures.Add(1);
            throw;
        }
        catch (Exception failure) when (Reason(failure) is { } reason)
        {
            _failures.Add(1);
            throw new TemporaryFailureException(reason, failure);
        }
    }

    /// <exception cref="TimeoutException">Nobody answered in time.</exception>
    /// <exception cref="SocketException">Nobody is there.</exception>
    internal async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(limits.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ScannerPlace.ConnectAsync(place, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no connection within {limits.ConnectTimeout.TotalSeconds} s");
        }
    }

    internal void CountRefused() => _refused.Add(1);

    internal void CountOversize() => _skipped.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private string? Reason(Exception failure) => failure switch
    {
        OperationCanceledException => $"no answer within {limits.Timeout.TotalSeconds} s",
        TimeoutException => failure.Message,
        EndOfStreamException => "it closed the connection",
        InvalidDataException => $"its answer makes no sense: {failure.Message}",
        HttpRequestException { InnerException: TimeoutException { } late } => late.Message,
        IOException or SocketException or HttpRequestException => $"it can't be reached: {(failure.InnerException ?? failure).Message}",
        _ => null,
    };
}
