using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>The table of an aliases(5) file. The file is looked at with each question and read when it has changed: there is nothing to compile. Thread-safe.</summary>
internal sealed class AliasTable(string path, bool mayBeMissing) : ILookupTable
{
    private const long LargestFile = 64 << 20;

    private volatile Reading? _reading;

    /// <summary>The user the file belongs to; 0 when there is no file.</summary>
    public uint FindOwner() => FileFacts.Find(path)?.Owner ?? 0;

    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            if (FileFacts.Find(path) is not { } facts) return new(mayBeMissing ? LookupResult.None : LookupResult.Failed($"{path}: no such file"));
            var reading = _reading;
            if (reading is null || reading.Facts != facts) _reading = reading = Read(facts);
            return new(reading.File.Entries.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(LookupResult.Failed($"{path}: {error.Message}"));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Reading Read(FileFacts facts)
    {
        if (facts.Version.Length > LargestFile) throw new IOException($"the file is larger than {LargestFile} bytes");
        return new Reading(facts, AliasFile.Parse(File.ReadAllText(path)));
    }

    private sealed record Reading(FileFacts Facts, AliasFile File);
}
