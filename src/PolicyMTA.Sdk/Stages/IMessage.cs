namespace PolicyMTA.Sdk;

/// <summary>One field of a message's header section. An immutable value.</summary>
/// <param name="Name">The name as written.</param>
/// <param name="Value">The raw body behind the colon, folding kept, without the closing line end.</param>
public sealed record HeaderField(string Name, string Value);

/// <summary>
/// A received message at end of data. Header changes take effect, in order, before the message is queued; the bytes as received stay
/// what <see cref="OpenRead"/> gives, because signatures cover them. Not thread-safe; valid during the call it is passed to.
/// </summary>
public interface IMessage
{
    /// <summary>Bytes as received, header section included.</summary>
    long Size { get; }
    /// <summary>The header fields with the changes made so far.</summary>
    IReadOnlyList<HeaderField> Headers { get; }
    /// <summary>The first field of that name, case-insensitive; null when there is none.</summary>
    HeaderField? FindHeader(string name);
    /// <summary>Adds a field at the end of the header section, or at its top.</summary>
    /// <exception cref="ArgumentException">The name or value can't stand in a header section.</exception>
    void AddHeader(string name, string value, bool atTop = false);
    /// <summary>Puts a field before the one that stands at that place, counted from 0; at the end when there are fewer.</summary>
    /// <exception cref="ArgumentException">The name or value can't stand in a header section.</exception>
    void InsertHeader(int index, string name, string value);
    /// <summary>Replaces the value of the n-th field of that name, counted from 1; adds it when there are fewer.</summary>
    void ChangeHeader(string name, int occurrence, string value);
    /// <summary>Removes every field of that name; the number removed.</summary>
    int RemoveHeader(string name);
    /// <summary>Removes the n-th field of that name, counted from 1; false when there are fewer.</summary>
    bool RemoveHeader(string name, int occurrence);
    /// <summary>The raw bytes as received; the caller disposes the stream.</summary>
    Stream OpenRead();
    /// <summary>What follows the header section and its empty line, as it will be queued: as received, or as a milter wrote it anew. The caller disposes the stream.</summary>
    Stream OpenBody();
}
