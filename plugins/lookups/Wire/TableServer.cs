using System.IO.Pipelines;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>Answers questions of other programs from our tables: the frame of both protocols. One question at a time, and no connection idles for ever.</summary>
internal abstract class TableServer(TimeProvider time) : IConnectionService
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public async ValueTask ServeAsync(IDuplexPipe connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var reader = new WireReader(connection.Input.AsStream(leaveOpen: true));
        while (!cancellationToken.IsCancellationRequested)
        {
            using var idle = new CancellationTokenSource(Idle, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
            if (await ReadAsync(reader, either.Token) is not { } question) return;
            await connection.Output.WriteAsync(await AnswerAsync(question), either.Token);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The next question; null when the client is done.</summary>
    protected abstract ValueTask<string?> ReadAsync(WireReader reader, CancellationToken cancellationToken);

    /// <summary>The reply, framed.</summary>
    protected abstract ValueTask<byte[]> AnswerAsync(string question);

    /// <summary>Asks a table, which has its time; what goes wrong in it is a temporary failure.</summary>
    protected async ValueTask<LookupResult> FindAsync(ILookupTable table, string key)
    {
        try
        {
            using var deadline = new CancellationTokenSource(Patience, time);
            return await table.FindFoldedAsync(key, deadline.Token).AsTask().WaitAsync(Patience, time);
        }
        catch (Exception failure)
        {
            return LookupResult.Failed(failure.GetType().Name);
        }
    }
}
