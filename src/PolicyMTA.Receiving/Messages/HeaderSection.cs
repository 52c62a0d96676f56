using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>The header section of a message: its fields with raw values, and where it ends. Bytes are Latin-1 here, so that nothing is lost either way.</summary>
internal sealed class HeaderSection
{
    private readonly List<HeaderField> _fields;

    private readonly bool _isWhole;

    private List<HeaderField>? _written;

    private HeaderSection(List<HeaderField> fields, int length, bool isWhole, bool lacksEmptyLine = false, bool isChanged = false) =>
        (_fields, Length, _isWhole, LacksEmptyLine, IsChanged) = (fields, length, isWhole, lacksEmptyLine, isChanged || lacksEmptyLine);

    /// <summary>Bytes of the section as received, without the empty line behind it.</summary>
    internal int Length { get; }

    internal bool IsChanged { get; private set; }

    /// <summary>True for a message in which no empty line follows the section: one is written behind it.</summary>
    internal bool LacksEmptyLine { get; private set; }

    /// <summary>False when its end was not seen: it can be read, not changed.</summary>
    internal bool IsWhole => _isWhole;

    internal IReadOnlyList<HeaderField> Fields => _fields;

    /// <summary>
    /// Reads the fields up to the empty line, or to the first line that is no field: a message without a header section has none. As in Postfix an empty line
    /// is put where it lacks, and the first lines of an mbox file become X-Mailbox-Line fields.
    /// </summary>
    /// <param name="message">The message, or as much of its start as may be looked at.</param>
    /// <param name="isWhole">False when the message goes on: a section that does not end within its start can be read, not changed.</param>
    internal static HeaderSection Parse(ReadOnlySpan<byte> message, bool isWhole = true)
    {
        var fields = new List<HeaderField>();
        var position = 0;
        while (IsMailboxLine(message[position..]))
        {
            var length = message[position..].IndexOf((byte)'\n') + 1;
            fields.Add(new HeaderField("X-Mailbox-Line", " " + Encoding.Latin1.GetString(message.Slice(position, length)).TrimEnd('\r', '\n')));
            position += length;
        }
        var isChanged = position > 0;
        while (position < message.Length)
        {
            var length = FieldLength(message[position..]);
            if (length == 0) break;
            if (!isWhole && position + length == message.Length) return new HeaderSection(fields, position, isWhole: false);
            var field = message.Slice(position, length);
            var colon = field.IndexOf((byte)':');
            if (colon <= 0 || !IsName(field[..colon])) break;
            var value = field[(colon + 1)..];
            if (value.EndsWith("\r\n"u8)) value = value[..^2];
            fields.Add(new HeaderField(Encoding.Latin1.GetString(field[..colon]).TrimEnd(), Encoding.Latin1.GetString(value)));
            position += length;
        }
        return new HeaderSection(fields, position, isWhole: true, lacksEmptyLine: !message[position..].StartsWith("\r\n"u8), isChanged);
    }

    /// <exception cref="ArgumentException">Its end was not seen.</exception>
    internal void RequireWhole()
    {
        if (!_isWhole) throw TooLarge();
    }

    /// <summary>The section is written whole, and what follows brings its own empty line.</summary>
    /// <exception cref="ArgumentException">Its end was not seen.</exception>
    internal void Detach()
    {
        RequireWhole();
        (IsChanged, LacksEmptyLine) = (true, false);
    }

    /// <summary>Gives a field another raw value.</summary>
    internal void Replace(int index, string value)
    {
        _fields[index] = _fields[index] with { Value = value };
        IsChanged = true;
    }

    /// <summary>Remembers from now on which fields are written.</summary>
    internal void Watch() => _written ??= [];

    /// <summary>The fields that were written since this was asked last, in that order; some may be gone again.</summary>
    internal IReadOnlyList<HeaderField> TakeWritten()
    {
        if (_written is not { Count: > 0 } written) return [];
        _written = [];
        return written;
    }

    /// <summary>Puts a field before all others.</summary>
    internal void PutOnTop(HeaderField field)
    {
        _fields.Insert(0, field);
        IsChanged = true;
    }

    /// <summary>Takes a field out again; false when it is not there as it was.</summary>
    internal bool Take(HeaderField field)
    {
        var at = _fields.FindIndex(each => ReferenceEquals(each, field));
        if (at >= 0) _fields.RemoveAt(at);
        return at >= 0;
    }

    /// <summary>Puts another field in the place of one that was written, or takes it away; nothing when it is gone.</summary>
    internal void Exchange(HeaderField written, HeaderField? by)
    {
        var at = _fields.FindIndex(field => ReferenceEquals(field, written));
        if (at < 0) return;
        if (by is null) _fields.RemoveAt(at);
        else _fields[at] = by;
    }

    /// <summary>Puts a field before one that was written; nothing when that is gone.</summary>
    internal void PutBefore(HeaderField written, HeaderField field)
    {
        var at = _fields.FindIndex(each => ReferenceEquals(each, written));
        if (at >= 0) _fields.Insert(at, field);
    }

    internal void Add(string name, string value, bool atTop) => Insert(atTop ? 0 : int.MaxValue, name, value);

    /// <summary>Puts a field before the one at that place; at the end when there are fewer.</summary>
    internal void Insert(int index, string name, string value)
    {
        var field = Changed(name, value);
        _fields.Insert(Math.Min(index, _fields.Count), field);
        IsChanged = true;
    }

    internal void Change(string name, int occurrence, string value)
    {
        var field = Changed(name, value);
        IsChanged = true;
        for (var i = 0; i < _fields.Count; i++)
        {
            if (!Named(_fields[i], name) || --occurrence > 0) continue;
            _fields[i] = field;
            return;
        }
        _fields.Add(field);
    }

    internal int Remove(string name)
    {
        if (!_isWhole) throw TooLarge();
        var removed = _fields.RemoveAll(f => Named(f, name));
        IsChanged |= removed > 0;
        return removed;
    }

    /// <summary>Removes the n-th field of that name, counted from 1; false when there are fewer.</summary>
    internal bool Remove(string name, int occurrence)
    {
        if (!_isWhole) throw TooLarge();
        for (var i = 0; i < _fields.Count; i++)
        {
            if (!Named(_fields[i], name) || --occurrence > 0) continue;
            _fields.RemoveAt(i);
            return IsChanged = true;
        }
        return false;
    }

    /// <summary>Removes every field that is meant; nothing from a section whose end was not seen.</summary>
    internal void RemoveWhere(Predicate<HeaderField> isMeant)
    {
        if (_isWhole && _fields.RemoveAll(isMeant) > 0) IsChanged = true;
    }

    internal HeaderField? Find(string name) => _fields.Find(f => Named(f, name));

    /// <summary>The section as it now is, each field with its line end.</summary>
    internal void WriteTo(StringBuilder text)
    {
        foreach (var field in _fields) text.Append(field.Name).Append(':').Append(field.Value).Append("\r\n");
        if (LacksEmptyLine) text.Append("\r\n");
    }

    /// <summary>A field fit for a header section; folded lines must begin with white space.</summary>
    /// <exception cref="ArgumentException">The name or value would end the field or the section.</exception>
    internal static HeaderField Field(string name, string value)
    {
        if (name.Length == 0 || !IsName(Encoding.Latin1.GetBytes(name))) throw new ArgumentException($"'{name}' is no name of a header field", nameof(name));
        var folded = value.Replace("\r\n", "\n", StringComparison.Ordinal);
        for (var i = 0; i < folded.Length; i++)
        {
            var endsField = folded[i] == '\n' && (i + 1 == folded.Length || folded[i + 1] is not (' ' or '\t'));
            if (endsField || folded[i] is '\r' or '\0') throw new ArgumentException("the value would end the header field", nameof(value));
        }
        var bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(folded.Replace("\n", "\r\n", StringComparison.Ordinal)));
        return new HeaderField(name, bytes.Length > 0 && bytes[0] is ' ' or '\t' ? bytes : " " + bytes);
    }

    private HeaderField Changed(string name, string value)
    {
        var field = _isWhole ? Field(name, value) : throw TooLarge();
        _written?.Add(field);
        return field;
    }

    private static ArgumentException TooLarge() => new("the header section is too large to be changed");

    private static bool Named(HeaderField field, string name) => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool IsMailboxLine(ReadOnlySpan<byte> rest) => rest.TrimStart((byte)'>').StartsWith("From "u8) && rest.Contains((byte)'\n');

    /// <summary>Bytes of the first field with its continuation lines; 0 at the empty line.</summary>
    private static int FieldLength(ReadOnlySpan<byte> rest)
    {
        if (rest.StartsWith("\r\n"u8)) return 0;
        var length = 0;
        do
        {
            var end = rest[length..].IndexOf((byte)'\n');
            if (end < 0) return rest.Length;
            length += end + 1;
        }
        while (length < rest.Length && rest[length] is (byte)' ' or (byte)'\t');
        return length;
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        name = name.TrimEnd(" \t"u8); // obsolete syntax allows white space before the colon (RFC 5322 §4.5)
        foreach (var b in name)
        {
            if (b is < 33 or > 126 or (byte)':') return false;
        }
        return !name.IsEmpty;
    }
}
