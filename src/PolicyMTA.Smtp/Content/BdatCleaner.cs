using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>Leaves clean CRLF lines of the content of BDAT chunks. One per message, over all its chunks.</summary>
public sealed class BdatCleaner(BareNewline bareNewline = BareNewline.Normalize)
{
    private readonly ContentCleaner _cleaner = new(isDotStuffed: false, bareNewline);

    /// <summary>Octets written.</summary>
    public long Length => _cleaner.Length;

    /// <summary>A line ended with a line feed alone.</summary>
    public bool SawBareNewline => _cleaner.SawBareNewline;

    /// <summary>The header section as far as it has come, counted for the limits.</summary>
    public HeaderCounter Headers => _cleaner.Headers;

    /// <summary>Takes all of a chunk, or of a part of it.</summary>
    public void Write(ReadOnlySequence<byte> chunk, IBufferWriter<byte> output) => _cleaner.Read(ref chunk, output);

    /// <summary>After the last chunk: ends a line that was left open.</summary>
    public void Finish(IBufferWriter<byte> output) => _cleaner.Finish(output);
}
