using PolicyMTA.Delivery.Local;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>The users of this machine as a table: <c>unix:passwd.byname</c>, asked by login name. Thread-safe.</summary>
public sealed class MachineUsers : ILookupTable
{
    private const int QuestionsAtOnce = 4;

    private readonly SemaphoreSlim _turns = new(QuestionsAtOnce);

    /// <inheritdoc/>
    public bool AcceptsPartialKeys => true;

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length == 0 || key.Contains('@', StringComparison.Ordinal)) return LookupResult.None;
        // A directory server may be behind it: not on the session's thread, and not on many others.
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => UserAccounts.OfSystem.Find(key), cancellationToken) is { } user ? LookupResult.Found(user.Name) : LookupResult.None;
        }
        catch (IOException error)
        {
            return LookupResult.Failed($"unix:passwd.byname: {error.Message}");
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _turns.Dispose();
        return ValueTask.CompletedTask;
    }
}
