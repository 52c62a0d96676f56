using System.Buffers;
using System.Text;

namespace PolicyMTA.Fuzz;

/// <summary>Octets cut into pieces. Where depends on the octets alone, so that an input found once fails again.</summary>
internal static class Octets
{
    private const int MostCuts = 6;

    public static string Text(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);

    /// <summary>The same octets in up to seven pieces, some of them perhaps empty.</summary>
    public static List<byte[]> Cut(byte[] octets)
    {
        var hash = Hash(octets);
        var cuts = new List<int> { 0, octets.Length };
        for (var i = (int)(hash % MostCuts) + 1; i > 0; i--)
        {
            hash = unchecked((hash * 6364136223846793005UL) + 1442695040888963407UL);
            cuts.Add((int)((hash >> 33) % (ulong)(octets.Length + 1)));
        }
        cuts.Sort();
        return [.. cuts.Zip(cuts.Skip(1), (from, to) => octets[from..to])];
    }

    /// <summary>One sequence of the pieces, a segment each.</summary>
    public static ReadOnlySequence<byte> Join(IReadOnlyList<byte[]> pieces)
    {
        var first = new Segment(pieces[0], null);
        var last = first;
        for (var i = 1; i < pieces.Count; i++) last = new Segment(pieces[i], last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    // FNV-1a
    private static ulong Hash(byte[] octets)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in octets) hash = unchecked((hash ^ octet) * 1099511628211UL);
        return hash;
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
