using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>A message whose header changes go nowhere.</summary>
internal abstract class DetachedMessage(long size, IEnumerable<HeaderField> headers) : IMessage
{
    private readonly List<HeaderField> _headers = [.. headers];

    /// <inheritdoc/>
    public long Size => size;

    /// <inheritdoc/>
    public IReadOnlyList<HeaderField> Headers => _headers;

    /// <inheritdoc/>
    public HeaderField? FindHeader(string name) => _headers.Find(field => Is(field, name));

    /// <inheritdoc/>
    public void AddHeader(string name, string value, bool atTop = false) => _headers.Insert(atTop ? 0 : _headers.Count, Field(name, value));

    /// <inheritdoc/>
    public void InsertHeader(int index, string name, string value) => _headers.Insert(Math.Min(index, _headers.Count), Field(name, value));

    /// <inheritdoc/>
    public void ChangeHeader(string name, int occurrence, string value)
    {
        for (var i = 0; i < _headers.Count; i++)
        {
            if (!Is(_headers[i], name) || --occurrence > 0) continue;
            _headers[i] = Field(name, value);
            return;
        }
        AddHeader(name, value);
    }

    /// <inheritdoc/>
    public int RemoveHeader(string name) => _headers.RemoveAll(field => Is(field, name));

    /// <inheritdoc/>
    public bool RemoveHeader(string name, int occurrence)
    {
        var at = _headers.Index().Where(field => Is(field.Item, name)).Skip(Math.Max(0, occurrence - 1)).Select(field => (int?)field.Index).FirstOrDefault();
        if (at is { } found) _headers.RemoveAt(found);
        return at is not null;
    }

    /// <inheritdoc/>
    public abstract Stream OpenRead();

    /// <inheritdoc/>
    public abstract Stream OpenBody();

    private static HeaderField Field(string name, string value)
    {
        if (name.Length == 0 || name.Any(c => c is <= ' ' or > '~' or ':')) throw new ArgumentException("no name of a field", nameof(name));
        if (value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0) throw new ArgumentException("no line ends", nameof(value));
        return new HeaderField(name, " " + value);
    }

    private static bool Is(HeaderField field, string name) => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
