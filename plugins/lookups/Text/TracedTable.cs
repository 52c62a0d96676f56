using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Another table whose every access is logged with key and result (<c>debug:type:name</c>). The generation owns that table.</summary>
internal sealed partial class TracedTable(ILookupTable table, string name, ILogger logger) : ILookupTable
{
    /// <inheritdoc/>
    public bool AcceptsPartialKeys => table.AcceptsPartialKeys;

    /// <inheritdoc/>
    public bool FoldsKeys => table.FoldsKeys;

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        var result = await table.FindAsync(key, cancellationToken);
        if (result.Failure is { } failure) Log.Failed(logger, name, key, failure);
        else if (result.Value is { } value) Log.Found(logger, name, key, value);
        else Log.None(logger, name, key);
        return result;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken) => table.List(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Table} lookup: \"{Key}\" = \"{Value}\"")]
        internal static partial void Found(ILogger logger, string table, string key, string value);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Table} lookup: \"{Key}\" = \"not found\"")]
        internal static partial void None(ILogger logger, string table, string key);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Table} lookup: \"{Key}\" = error: {Cause}")]
        internal static partial void Failed(ILogger logger, string table, string key, string cause);
    }
}
