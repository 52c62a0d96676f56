using System.Buffers;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// A stream of command lines and chunks, read as a session reads them: the same lines, chunks and contents however the stream is cut, and chunks of a
/// message make one content wherever one ends and the next begins.
/// </summary>
internal sealed class BdatTarget : FuzzTarget
{
    private const int LineLimit = 64;
    private const long MostChunk = 1 << 20;

    private static readonly SmtpCommandParser Parser = new(SmtpSyntax.Default);

    public override string Name => "bdat";

    public override IReadOnlyList<string> Words { get; } =
        ["BDAT 1\r\n", "BDAT 2 LAST\r\n", "BDAT 0 LAST\r\n", "BDAT 10\r\n", "bdat 3 last\r\n", "BDAT -1\r\n", "BDAT 99999999999\r\n", "BDAT 4\n", "RSET\r\n", "\r\n", "\r", "\n", ".\r\n", "\r\n.\r\n", "a", "\0", "Received: x\r\n", "abcdefgh"];

    public override void Check(byte[] input)
    {
        Require(Read([input]) == Read(Octets.Cut(input)), "cut elsewhere, the stream is another");

        var whole = Clean([input]);
        Require(whole == Clean(Octets.Cut(input)), "in other chunks, the content is another");
        Require(whole == CleanContent.OfChunks(Octets.Text(input)), "the content is not what line by line comes out");
    }

    private static string Clean(List<byte[]> chunks)
    {
        var cleaner = new BdatCleaner();
        var output = new ArrayBufferWriter<byte>();
        foreach (var chunk in chunks) cleaner.Write(new ReadOnlySequence<byte>(chunk), output);
        cleaner.Finish(output);
        Require(cleaner.Length == output.WrittenCount, "the length is not that of the content");
        return Octets.Text(output.WrittenSpan);
    }

    /// <summary>A sum of what happened, in order.</summary>
    private static int Read(List<byte[]> pieces)
    {
        var events = new HashCode();
        var reader = new SmtpLineReader(LineLimit);
        var cleaner = new BdatCleaner();
        var output = new ArrayBufferWriter<byte>();
        var (left, isLast) = (0L, false);
        byte[] kept = [];
        foreach (var piece in pieces)
        {
            var buffer = Octets.Join([kept, piece]);
            while (true)
            {
                if (left > 0 || isLast)
                {
                    var chunk = buffer.Slice(0, Math.Min(left, buffer.Length));
                    cleaner.Write(chunk, output);
                    left -= chunk.Length;
                    buffer = buffer.Slice(chunk.End);
                    if (left > 0) break;
                    if (!isLast) continue;
                    cleaner.Finish(output);
                    events.AddBytes(output.WrittenSpan);
                    (cleaner, output, isLast) = (new BdatCleaner(), new ArrayBufferWriter<byte>(), false);
                    continue;
                }
                if (!reader.TryReadLine(ref buffer, out var line, out var ending)) break;
                var command = Parser.Parse(line, isTruncated: ending == LineEnding.TooLong);
                events.Add(ending);
                events.Add(command.Verb, StringComparer.Ordinal);
                events.AddBytes(line.ToArray());
                if (command is SmtpCommand.Bdat { Size: <= MostChunk } bdat) (left, isLast) = (bdat.Size, bdat.IsLast);
            }
            kept = buffer.ToArray();
            Require(left > 0 || kept.Length <= LineLimit + 1, "more than a line is kept");
        }
        return events.ToHashCode();
    }
}
