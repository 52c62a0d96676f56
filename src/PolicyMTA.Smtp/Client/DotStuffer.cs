using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>Writes content for DATA: doubles leading dots, leaves no bare CR, bare LF or NUL that another server might take for a line end. One per message.</summary>
public sealed class DotStuffer
{
    public void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>Ends an open line and writes the final dot.</summary>
    public void Finish(IBufferWriter<byte> output) => throw new NotImplementedException();
}
