using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>A message at end of data as rules and milters see it. Its header section is read when somebody asks.</summary>
internal sealed class ReceivedMessage : IMessage
{
    private const int HeaderSizeLimit = 1024 * 1024;
    private const int LineEnd = 2;

    private readonly IContentWriter _content;
    private readonly ReadOnlyMemory<byte> _start;
    private HeaderSection? _headers;
    private IContentWriter? _newBody;

    private ReceivedMessage(IContentWriter content, ReadOnlyMemory<byte> start) => (_content, _start) = (content, start);

    public long Size => _content.Length;

    public IReadOnlyList<HeaderField> Headers => Section.Fields;

    /// <summary>As much of its start as may be looked at.</summary>
    internal ReadOnlyMemory<byte> Start => _start;

    internal HeaderSection Section => _headers ??= HeaderSection.Parse(_start.Span, _start.Length == _content.Length);

    /// <summary>Bytes that <see cref="WriteChangedHeaders"/> replaces; 0 while nothing was changed.</summary>
    internal int ReplacedLength => _newBody is null && _headers is { IsChanged: true } changed ? changed.Length : 0;

    /// <summary>A small message is looked into in memory; of a spooled one the start is read back.</summary>
    internal static async ValueTask<ReceivedMessage> OpenAsync(IContentWriter content, CancellationToken cancellationToken)
    {
        if (content.Memory is { } memory) return new ReceivedMessage(content, memory);
        await using var stream = content.OpenRead();
        var start = new byte[Math.Min(content.Length, HeaderSizeLimit)];
        var length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return new ReceivedMessage(content, start.AsMemory(0, length));
    }

    /// <summary>Puts a header section right that is none, whether a rule looks at it or not.</summary>
    internal void Mend() => _ = Section;

    public HeaderField? FindHeader(string name) => Section.Find(name);

    public void AddHeader(string name, string value, bool atTop = false) => Section.Add(name, value, atTop);

    public void InsertHeader(int index, string name, string value) => Section.Insert(index, name, value);

    public void ChangeHeader(string name, int occurrence, string value) => Section.Change(name, occurrence, value);

    public int RemoveHeader(string name) => Section.Remove(name);

    public bool RemoveHeader(string name, int occurrence) => Section.Remove(name, occurrence);

    public Stream OpenRead() => _content.OpenRead();

    public Stream OpenBody()
    {
        var stream = (_newBody ?? _content).OpenRead();
        // The new body stands behind the empty line; so does the old one, unless the line lacks.
        Skip(stream, _newBody is not null ? LineEnd : Section.Length + (Section.LacksEmptyLine ? 0 : LineEnd));
        return stream;
    }

    // What can't be sought in is in memory.
    private static void Skip(Stream stream, int count)
    {
        if (stream.CanSeek) stream.Seek(count, SeekOrigin.Begin);
        else stream.ReadExactly(count <= 512 ? stackalloc byte[count] : new byte[count]);
    }

    /// <summary>A milter writes the body anew: from here on the header section stands in the head.</summary>
    /// <exception cref="ArgumentException">The header section is too large to be taken apart.</exception>
    internal void ReplaceBody(IContentWriter body)
    {
        Section.Detach();
        _newBody = body;
    }

    internal void WriteChangedHeaders(StringBuilder text)
    {
        if (_headers is { IsChanged: true } changed) changed.WriteTo(text);
    }
}
