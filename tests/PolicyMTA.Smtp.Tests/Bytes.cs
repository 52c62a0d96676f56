using System.Buffers;
using System.Text;

namespace PolicyMTA.Smtp.Tests;

/// <summary>Octets as Latin-1 text, and sequences cut into segments.</summary>
internal static class Bytes
{
    public static byte[] Of(string latin1) => Encoding.Latin1.GetBytes(latin1);

    public static string Text(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);

    public static string Text(ReadOnlySequence<byte> octets) => Encoding.Latin1.GetString(octets);

    public static ReadOnlySequence<byte> Sequence(string latin1) => new(Of(latin1));

    /// <summary>One segment per part; empty parts stay segments.</summary>
    public static ReadOnlySequence<byte> Segments(params byte[][] parts)
    {
        var first = new Segment(parts[0], null);
        var last = first;
        foreach (var part in parts.Skip(1)) last = new Segment(part, last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    public static byte[][] Cut(byte[] octets, IEnumerable<int> at)
    {
        int[] cuts = [0, .. at.Select(cut => octets.Length == 0 ? 0 : cut % (octets.Length + 1)).Order(), octets.Length];
        return [.. cuts.Zip(cuts.Skip(1), (from, to) => octets[from..to])];
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] octets, Segment? previous)
        {
            Memory = octets;
            if (previous is null) return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
