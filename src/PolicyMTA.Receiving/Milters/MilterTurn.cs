using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Milters;

/// <summary>
/// One milter's turn at a message. A milter that is given up may still run: from then on nothing it says counts, and the body it was writing is forgotten. So a message never
/// gets half a body.
/// </summary>
internal sealed class MilterTurn(MilterEdits edits, Action progress) : IMilterEdits, IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private volatile bool _isOver;
    private IContentWriter? _body;

    public void ChangeSender(Address sender, MailParameters? parameters = null) => During(() => edits.ChangeSender(sender, parameters));

    public void AddRecipient(Address recipient, RecipientParameters? parameters = null) => During(() => edits.AddRecipient(recipient, parameters));

    public void RemoveRecipient(Address recipient) => During(() => edits.RemoveRecipient(recipient));

    public void Quarantine(string reason) => During(() => edits.Quarantine(reason));

    public void Progress() => During(progress);

    public async ValueTask ReplaceBodyAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            _body ??= await edits.BeginBodyAsync(cancellationToken);
            await _body.WriteAsync(piece, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The milter has answered: its new body is the message's.</summary>
    internal async ValueTask KeepAsync()
    {
        if (_body is not { } body) return;
        _body = null;
        await edits.KeepBodyAsync(body);
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _isOver = true;
        if (_body is { } unused) await unused.DisposeAsync();
        _body = null;
        _gate.Release();
    }

    private void During(Action edit)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        edit();
    }
}
