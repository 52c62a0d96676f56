using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>Reads <c>:include:</c> and <c>.forward</c> files, with the checks and the rights that local(8) has for them.</summary>
internal sealed partial class DestinationFiles(FileThreads threads, ILogger logger)
{
    // A list of half a million addresses.
    private const long LargestFile = 16 << 20;
    private static readonly EnhancedStatus BadConfiguration = new(5, 3, 5);

    /// <summary>An include file: its destinations and its owner, or null with what to answer.</summary>
    public Task<(IReadOnlyList<AliasToken>? Tokens, uint Owner)> ReadIncludeAsync(QueueId id, string path, UserAccount? reader) => RunAsync(() =>
    {
        try
        {
            return AsReader(reader, () =>
            {
                if (!Path.IsPathRooted(path)) return Refused(id, path, "it is a relative path");
                if (FileFacts.Find(path) is not { } facts) return Refused(id, path, "there is no such file");
                if (!facts.IsRegular) return Refused(id, path, "it is not a regular file");
                if (facts.IsWorldWritable) return Refused(id, path, "it is world writable");
                return ((IReadOnlyList<AliasToken>?)AliasValue.ReadLines(ReadText(path, facts)), facts.Owner);
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Refused(id, path, error.Message);
        }
    });

    /// <summary>The first of some <c>.forward</c> files that is there: its destinations, empty when it is not fit to be read; null when there is none.</summary>
    public Task<(string Path, IReadOnlyList<AliasToken> Tokens)?> ReadForwardAsync(QueueId id, IEnumerable<string> paths, UserAccount user) => RunAsync<(string, IReadOnlyList<AliasToken>)?>(() =>
    {
        try
        {
            return UserRights.Run<(string, IReadOnlyList<AliasToken>)?>(user, null, () =>
            {
                foreach (var path in paths)
                {
                    if (FindQuietly(path) is not { } facts) continue;
                    return (path, ReadForward(id, path, facts, user));
                }
                return null;
            });
        }
        catch (UnauthorizedAccessException error)
        {
            throw new ExpansionDeferredException(new EnhancedStatus(4, 3, 0), error.Message);
        }
    });

    /// <summary>The threads that may wait.</summary>
    public FileThreads Threads => threads;

    /// <summary>Work on a thread that may wait.</summary>
    public async Task<T> RunAsync<T>(Func<T> work)
    {
        T result = default!;
        await threads.RunAsync(() => result = work());
        return result;
    }

    private List<AliasToken> ReadForward(QueueId id, string path, FileFacts facts, UserAccount user)
    {
        var reason = !facts.IsRegular ? "it is not a regular file" : facts.Owner != 0 && facts.Owner != user.Id ? $"it belongs to user id {facts.Owner}" : facts.IsWorldWritable ? "it is world writable" : null;
        try
        {
            if (reason is null) return AliasValue.ReadLines(ReadText(path, facts));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            reason = error.Message;
        }
        Log.BadForward(logger, id, path, reason);
        return [];
    }

    // A home that can't be looked into has no .forward (local(8)).
    private static FileFacts? FindQuietly(string path)
    {
        try { return FileFacts.Find(path, followsLinks: false); }
        catch (IOException) { return null; }
    }

    private static T AsReader<T>(UserAccount? reader, Func<T> work) => reader is null ? work() : UserRights.Run(reader, null, work);

    private static string ReadText(string path, FileFacts facts) =>
        facts.Version.Length <= LargestFile ? File.ReadAllText(path) : throw new IOException($"the file is larger than {LargestFile} bytes");

    private (IReadOnlyList<AliasToken>? Tokens, uint Owner) Refused(QueueId id, string path, string reason)
    {
        Log.BadInclude(logger, id, path, reason);
        return (null, 0);
    }

    /// <summary>What is answered for an include file that can't be used.</summary>
    public static ExpandedRecipient Mistake(Address address, ExpansionScope scope) => ExpandedRecipient.Failure(address, BadConfiguration, "mail system configuration error", scope);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: :include: file {Path} can't be used: {Reason}")]
        public static partial void BadInclude(ILogger logger, QueueId queueId, string path, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: forward file {Path} is ignored: {Reason}")]
        public static partial void BadForward(ILogger logger, QueueId queueId, string path, string reason);
    }
}
