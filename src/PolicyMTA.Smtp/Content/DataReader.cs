using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>Reads the content behind DATA: removes stuffed dots, finds the end, leaves clean CRLF lines. One per message.</summary>
public sealed class DataReader(BareNewline bareNewline = BareNewline.Normalize)
{
    private readonly ContentCleaner _cleaner = new(isDotStuffed: true, bareNewline);

    /// <summary>Octets written.</summary>
    public long Length => _cleaner.Length;

    /// <summary>A line ended with a line feed alone.</summary>
    public bool SawBareNewline => _cleaner.SawBareNewline;

    /// <summary>The header section as far as it has come, counted for the limits.</summary>
    public HeaderCounter Headers => _cleaner.Headers;

    /// <summary>Takes all of the input, or up to the end of the message: then true. The input is advanced past what was taken.</summary>
    public bool Read(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output) => _cleaner.Read(ref input, output);
}
