using System.Buffers;

namespace PolicyMTA.Smtp;

internal sealed class ContentCleaner(bool isDotStuffed, BareNewline bareNewline)
{
    public long Length { get; private set; }
    public bool SawBareNewline { get; private set; }
    public int ReceivedCount { get; private set; }
    public bool Read(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output) => throw new NotImplementedException($"{isDotStuffed}{bareNewline}{Length++}{SawBareNewline = true}{ReceivedCount++}");
    public void Finish(IBufferWriter<byte> output) => throw new NotImplementedException($"{isDotStuffed}");
}
