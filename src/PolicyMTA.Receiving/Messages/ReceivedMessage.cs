using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>A message at end of data as rules and milters see it. Its header section is read when somebody asks.</summary>
internal sealed class ReceivedMessage : IMessage
{
    private const int HeaderSizeLimit = 1024 * 1024;

    private readonly IContentWriter _content;
    private readonly ReadOnlyMemory<byte> _start;
    private HeaderSection? _headers;

    private ReceivedMessage(IContentWriter content, ReadOnlyMemory<byte> start) => (_content, _start) = (content, start);

    public long Size => _content.Length;

    public IReadOnlyList<HeaderField> Headers => Section.Fields;

    /// <summary>As much of its start as may be looked at.</summary>
    internal ReadOnlyMemory<byte> Start => _start;

    internal HeaderSection Section => _headers ??= HeaderSection.Parse(_start.Span, _start.Length == _content.Length);

    /// <summary>Bytes that <see cref="WriteChangedHeaders"/> replaces; 0 while nothing was changed.</summary>
    internal int ReplacedLength => _headers is { IsChanged: true } changed ? changed.Length : 0;

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

    public void ChangeHeader(string name, int occurrence, string value) => Section.Change(name, occurrence, value);

    public int RemoveHeader(string name) => Section.Remove(name);

    public Stream OpenRead() => _content.OpenRead();

    internal void WriteChangedHeaders(StringBuilder text)
    {
        if (_headers is { IsChanged: true } changed) changed.WriteTo(text);
    }
}
