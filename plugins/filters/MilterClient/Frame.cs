using System.Buffers.Binary;
using System.Text;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>One packet of the milter protocol: a length, a letter, and what belongs to it. An immutable value.</summary>
internal readonly record struct Frame(char Letter, ReadOnlyMemory<byte> Content)
{
    /// <summary>Bytes of a length, which counts the letter too.</summary>
    internal const int LengthSize = 4;
    /// <summary>libmilter sends bodies in pieces of 64 KiB; the largest of its build options is 1 MiB.</summary>
    internal const int LongestContent = 1024 * 1024;

    /// <summary>The number at a place of the content.</summary>
    /// <exception cref="InvalidDataException">It ends before.</exception>
    internal uint Number(int at) => Content.Length - at >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(Content.Span[at..]) : throw Nonsense("is too short");

    /// <summary>The texts from a place on, each of which ends with a zero byte.</summary>
    /// <exception cref="InvalidDataException">The last one does not end.</exception>
    internal IReadOnlyList<string> Texts(int at = 0)
    {
        var texts = new List<string>();
        for (var rest = Content.Span[Math.Min(at, Content.Length)..]; !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)0);
            if (end < 0) throw Nonsense("holds a text without an end");
            texts.Add(Text(rest[..end]));
            rest = rest[(end + 1)..];
        }
        return texts;
    }

    /// <summary>So many texts and no more.</summary>
    /// <exception cref="InvalidDataException">There are others.</exception>
    internal IReadOnlyList<string> Texts(int at, int least, int most)
    {
        var texts = Texts(at);
        return texts.Count >= least && texts.Count <= most ? texts : throw Nonsense($"holds {texts.Count} texts");
    }

    internal InvalidDataException Nonsense(string what) => new($"its packet '{(Letter is > ' ' and <= '~' ? Letter : '?')}' {what}");

    // What is no UTF-8 is taken byte by byte.
    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
}
