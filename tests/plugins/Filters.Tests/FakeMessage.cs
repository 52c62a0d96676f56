using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests;

/// <summary>A message as a milter sees it. Fields that are added stand on top or at the end; nothing is normalized.</summary>
internal sealed class FakeMessage : IMessage
{
    private readonly byte[] _raw;
    private readonly List<HeaderField> _fields = [];

    internal FakeMessage(string raw)
    {
        _raw = Encoding.Latin1.GetBytes(raw);
        var end = raw.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Body = raw[(end + 4)..];
        foreach (var line in raw[..end].Replace("\r\n ", "\r\r ", StringComparison.Ordinal).Replace("\r\n\t", "\r\r\t", StringComparison.Ordinal).Split("\r\n"))
        {
            var field = line.Replace("\r\r", "\r\n", StringComparison.Ordinal);
            _fields.Add(new HeaderField(field[..field.IndexOf(':')], field[(field.IndexOf(':') + 1)..]));
        }
    }

    internal string Body { get; }

    /// <summary>As it would be queued.</summary>
    internal byte[] Queued => Encoding.Latin1.GetBytes(string.Concat(_fields.Select(one => $"{one.Name}:{one.Value}\r\n")) + "\r\n" + Body);

    internal int BodyReads { get; private set; }

    public long Size => _raw.Length;

    public IReadOnlyList<HeaderField> Headers => _fields;

    public HeaderField? FindHeader(string name) => _fields.Find(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public void AddHeader(string name, string value, bool atTop = false) => _fields.Insert(atTop ? 0 : _fields.Count, new HeaderField(name, value.StartsWith(' ') ? value : " " + value));

    public void InsertHeader(int index, string name, string value) => _fields.Insert(Math.Min(index, _fields.Count), new HeaderField(name, value));

    public void ChangeHeader(string name, int occurrence, string value)
    {
        var at = Find(name, occurrence);
        if (at < 0) _fields.Add(new HeaderField(name, value));
        else _fields[at] = new HeaderField(name, value);
    }

    public bool RemoveHeader(string name, int occurrence)
    {
        var at = Find(name, occurrence);
        if (at >= 0) _fields.RemoveAt(at);
        return at >= 0;
    }

    public int RemoveHeader(string name) => _fields.RemoveAll(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public Stream OpenRead() => new MemoryStream(_raw);

    public Stream OpenBody()
    {
        BodyReads++;
        return new MemoryStream(Encoding.Latin1.GetBytes(Body));
    }

    private int Find(string name, int occurrence) => _fields.FindIndex(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && --occurrence <= 0);
}
