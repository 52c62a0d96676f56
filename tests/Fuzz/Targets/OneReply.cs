using System.Buffers;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>A reply is exactly one on the wire, whatever its texts.</summary>
internal static class OneReply
{
    private const int MaxLineOctets = 512;

    public static void Check(SmtpReply reply)
    {
        var output = new ArrayBufferWriter<byte>();
        reply.WriteTo(output);
        foreach (var line in Octets.Text(output.WrittenSpan).Split("\r\n").SkipLast(1))
        {
            Require(line.Length <= MaxLineOctets - 2 && line.AsSpan().IndexOfAny("\r\n\0") < 0, "a line of a reply is too long or is none");
        }
        var rest = new ReadOnlySequence<byte>(output.WrittenMemory);
        Require(RemoteReply.TryRead(ref rest, out var read) && rest.IsEmpty, "a reply is not one");
        Require(read!.Code == reply.Code, "a reply's code is another on the wire");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new BrokenInvariantException(what);
    }
}
