using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace PolicyMTA.Delivery.Verification;

/// <summary>
/// The cache on disk (<c>address_verify_map</c>): a line for each outcome, the latest for an address counts; rewritten without the others from time to time.
/// A broken or missing file costs probes, nothing else, so nothing is synced. Written by one task of its own.
/// </summary>
internal sealed partial class VerificationJournal : IAsyncDisposable
{
    private const int MostWaiting = 10_000;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _file;
    private readonly ILogger _log;
    // What comes faster than the disk takes it is not kept: it is in memory all the same.
    private readonly Channel<Work> _work = Channel.CreateBounded<Work>(MostWaiting);
    private readonly Task _writer;
    private bool _hasFailed;

    public VerificationJournal(string file, ILogger log)
    {
        (_file, _log) = (file, log);
        _writer = Task.Run(WriteAllAsync);
    }

    /// <summary>What a file says, line by line; a line that can't be read is passed over. Nothing when there is none.</summary>
    public static IEnumerable<(string Address, VerificationEntry Entry)> Read(string file, ILogger log)
    {
        var lines = new List<(string, VerificationEntry)>();
        try
        {
            if (!File.Exists(file)) return lines;
            foreach (var line in File.ReadLines(file))
            {
                if (VerificationEntry.TryParse(line, out var address, out var entry)) lines.Add((address, entry));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.NotRead(log, file, error.Message);
        }
        return lines;
    }

    /// <summary>An outcome is kept.</summary>
    public void Append(string address, VerificationEntry entry) => _work.Writer.TryWrite(new Work.Line(entry.Format(address)));

    /// <summary>The file is written anew; the list is asked for when it is its turn, so that it holds what came before.</summary>
    public void Rewrite(Func<IReadOnlyList<(string Address, VerificationEntry Entry)>> list) => _work.Writer.TryWrite(new Work.Everything(list));

    /// <summary>Writes what waits and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _writer;
    }

    private async Task WriteAllAsync()
    {
        StreamWriter? writer = null;
        while (await _work.Reader.WaitToReadAsync())
        {
            try
            {
                while (_work.Reader.TryRead(out var work))
                {
                    if (work is Work.Everything { List: var list })
                    {
                        if (writer is not null) await writer.DisposeAsync();
                        writer = null;
                        await ReplaceAsync(list());
                    }
                    else if (work is Work.Line { Text: var text })
                    {
                        writer ??= Open(_file, FileMode.Append);
                        await writer.WriteLineAsync(text);
                    }
                }
                if (writer is not null) await writer.FlushAsync();
                _hasFailed = false;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                if (!_hasFailed) Log.NotWritten(_log, _file, error.Message);
                _hasFailed = true;
                writer = await GiveUpAsync(writer);
            }
        }
        if (writer is not null) await GiveUpAsync(writer);
    }

    private async Task ReplaceAsync(IReadOnlyList<(string Address, VerificationEntry Entry)> entries)
    {
        var next = _file + ".new";
        await using (var writer = Open(next, FileMode.Create))
        {
            foreach (var (address, entry) in entries) await writer.WriteLineAsync(entry.Format(address));
        }
        File.Move(next, _file, overwrite: true);
    }

    private static async Task<StreamWriter?> GiveUpAsync(StreamWriter? writer)
    {
        try
        {
            if (writer is not null) await writer.DisposeAsync();
        }
        catch (IOException)
        {
            // It was told when it began.
        }
        return null;
    }

    // Line ends are \n and UTF-8 has no mark, whatever the system.
    private static StreamWriter Open(string file, FileMode mode) =>
        new(new FileStream(file, new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.Read, UnixCreateMode = Private })) { NewLine = "\n" };

    private abstract record Work
    {
        private Work() { }

        public sealed record Line(string Text) : Work;

        public sealed record Everything(Func<IReadOnlyList<(string Address, VerificationEntry Entry)>> List) : Work;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "address_verify_map {File} can't be read, what it knew is asked again: {Reason}")]
        internal static partial void NotRead(ILogger logger, string file, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "address_verify_map {File} can't be written, what probes find is lost with the next restart: {Reason}")]
        internal static partial void NotWritten(ILogger logger, string file, string reason);
    }
}
