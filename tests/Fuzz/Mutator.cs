using System.Text;

namespace PolicyMTA.Fuzz;

/// <summary>Makes new inputs out of old ones. A seed makes every run the same.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<string> words, int maxOctets)
{
    private static readonly byte[] Odd = [0, 1, (byte)'\t', (byte)'\n', (byte)'\r', (byte)' ', (byte)'.', (byte)'"', (byte)'\\', 127, 128, 0xC3, 0xFF];

    private readonly byte[][] _words = [.. words.Select(Encoding.Latin1.GetBytes)];

    public byte[] Mutate(IReadOnlyList<byte[]> corpus)
    {
        var octets = new List<byte>(Short(corpus));
        for (var steps = 1 + random.Next(1 << random.Next(4)); steps > 0; steps--) Step(octets, corpus);
        if (octets.Count > maxOctets) octets.RemoveRange(maxOctets, octets.Count - maxOctets);
        return [.. octets];
    }

    /// <summary>Of two the shorter: short inputs run faster and show the same.</summary>
    private byte[] Short(IReadOnlyList<byte[]> corpus)
    {
        var (one, other) = (corpus[random.Next(corpus.Count)], corpus[random.Next(corpus.Count)]);
        return one.Length <= other.Length ? one : other;
    }

    private void Step(List<byte> octets, IReadOnlyList<byte[]> corpus)
    {
        var at = random.Next(octets.Count + 1);
        switch (random.Next(10))
        {
            case 0 when at < octets.Count:
                octets[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < octets.Count:
                octets[at] = (byte)random.Next(256);
                break;
            case 2 when at < octets.Count:
                octets[at] = (byte)(octets[at] + random.Next(-16, 17));
                break;
            case 3:
                octets.Insert(at, Odd[random.Next(Odd.Length)]);
                break;
            case 4:
                octets.RemoveRange(at, Length(octets.Count - at));
                break;
            case 5: // the end is lost
                octets.RemoveRange(at, octets.Count - at);
                break;
            case 6: // a piece again, perhaps many times
                var piece = octets.GetRange(at, Length(octets.Count - at));
                for (var times = 1 + random.Next(1 << random.Next(7)); times > 0 && octets.Count < maxOctets; times--) octets.InsertRange(at, piece);
                break;
            case 7: // the end of another input
                var other = corpus[random.Next(corpus.Count)];
                octets.RemoveRange(at, octets.Count - at);
                octets.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            default:
                octets.InsertRange(at, _words[random.Next(_words.Length)]);
                break;
        }
    }

    private int Length(int most) => Math.Min(most, 1 + random.Next(1 << random.Next(6)));
}
