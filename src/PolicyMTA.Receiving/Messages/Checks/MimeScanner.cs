using System.Buffers;
using System.Text;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>
/// Takes a message line by line and says what each line is: a field of which header section, or body. Follows the structure as Postfix's mime_state.c does, which looks at boundaries in order of
/// depth and knows no encodings. It keeps one field and the open boundaries, whatever it is fed.
/// </summary>
internal sealed class MimeScanner(MimeLimits limits)
{
    private readonly Stack<(byte[] Boundary, ContentType Default)> _open = new();
    private readonly ArrayBufferWriter<byte> _field = new();
    private MimeItemKind _state = MimeItemKind.PrimaryHeader;
    private ContentType _type = ContentType.Plain;
    private long _offset;
    private bool _isLineStart = true;
    private bool _isFieldTooLong;
    private bool _isFieldOpen;
    private bool _isFirst = true;

    /// <summary>True once parts are nested deeper than <c>mime_nesting_limit</c>.</summary>
    internal bool IsTooDeep { get; private set; }

    /// <summary>Takes a line with its CRLF, or a piece of one that is longer than <c>line_length_limit</c>. What is known by it is appended: a field when the line behind it is seen.</summary>
    internal void Take(ReadOnlyMemory<byte> line, List<MimeItem> items)
    {
        var isStart = _isLineStart;
        _isLineStart = line.Span.EndsWith("\n"u8);
        if (_state != MimeItemKind.Body && TakeHeader(line, isStart, items)) return;
        TakeBody(line, isStart, items);
    }

    /// <summary>The message ends here.</summary>
    internal void Finish(List<MimeItem> items) => EndField(items);

    private bool TakeHeader(ReadOnlyMemory<byte> line, bool isStart, List<MimeItem> items)
    {
        var text = line.Span;
        if (_isFieldOpen && (!isStart || text[0] is (byte)' ' or (byte)'\t'))
        {
            Continue(line, items);
            return true;
        }
        EndField(items);
        // A line of an mbox file at the top is no field; what makes one of it comes later.
        var isMailboxLine = _isFirst && isStart && text.TrimStart((byte)'>').StartsWith("From "u8);
        _isFirst = isMailboxLine;
        if (isMailboxLine || (isStart && IsField(text)))
        {
            _isFieldOpen = true;
            Continue(line, items);
            return true;
        }
        EndHeader(isStart && text.TrimEnd("\r\n"u8).IsEmpty);
        return false;
    }

    private void Continue(ReadOnlyMemory<byte> line, List<MimeItem> items)
    {
        if (_isFieldTooLong)
        {
            items.Add(new MimeItem(_state, line, 0, IsMore: true));
            return;
        }
        _field.Write(line.Span);
        if (_field.WrittenCount <= limits.HeaderSize) return;
        Emit(items);
        _isFieldTooLong = true;
    }

    private void EndField(List<MimeItem> items)
    {
        if (_isFieldOpen && !_isFieldTooLong) Emit(items);
        (_isFieldOpen, _isFieldTooLong) = (false, false);
    }

    private void Emit(List<MimeItem> items)
    {
        var raw = _field.WrittenSpan.ToArray();
        _field.ResetWrittenCount();
        items.Add(new MimeItem(_state, raw, 0));
        var colon = raw.AsSpan().IndexOf((byte)':');
        if (!limits.IsFollowed || colon < 0 || !Ascii.EqualsIgnoreCase(raw.AsSpan(0, colon).TrimEnd(" \t"u8), "content-type"u8)) return;
        _type = ContentType.Read(Encoding.Latin1.GetString(raw.AsSpan(colon + 1)));
        if (_type is { IsMultipart: true, Boundary: { } boundary }) Open(boundary, _type.Subtype == "digest" ? ContentType.Message : ContentType.Plain);
    }

    private void Open(string boundary, ContentType typeOfParts)
    {
        if (_open.Count >= limits.Nesting)
        {
            IsTooDeep = true;
            return;
        }
        var bytes = Encoding.Latin1.GetBytes(boundary);
        _open.Push((bytes.Length > limits.BoundaryLength ? bytes[..limits.BoundaryLength] : bytes, typeOfParts));
    }

    private void EndHeader(bool byEmptyLine)
    {
        // What is no field ends the section too; its message has no attached one then.
        _state = byEmptyLine && _type.IsMessage ? MimeItemKind.NestedHeader : MimeItemKind.Body;
        if (_state == MimeItemKind.NestedHeader) _type = ContentType.Plain;
        _offset = 0;
    }

    private void TakeBody(ReadOnlyMemory<byte> line, bool isStart, List<MimeItem> items)
    {
        var text = line.Span;
        var next = isStart && text.StartsWith("--"u8) && _open.Count > 0 ? FindBoundary(text[2..]) : null;
        if (next == MimeItemKind.Body) (_state, _offset) = (MimeItemKind.Body, 0);
        items.Add(new MimeItem(MimeItemKind.Body, line, _offset));
        _offset += text.EndsWith("\r\n"u8) ? text.Length - 1 : text.Length;
        if (next is { } state) (_state, _offset) = (state, state == MimeItemKind.Body ? _offset : 0);
    }

    /// <summary>The state behind a boundary line: fields of a part, or body behind the last one; null when it is none.</summary>
    private MimeItemKind? FindBoundary(ReadOnlySpan<byte> rest)
    {
        var depth = 0;
        foreach (var (boundary, typeOfParts) in _open)
        {
            depth++;
            if (!rest.StartsWith(boundary)) continue;
            var isLast = rest[boundary.Length..].StartsWith("--"u8);
            for (var count = isLast ? depth : depth - 1; count > 0; count--) _open.Pop();
            _type = isLast ? ContentType.Plain : typeOfParts;
            return isLast ? MimeItemKind.Body : MimeItemKind.PartHeader;
        }
        return null;
    }

    private static bool IsField(ReadOnlySpan<byte> text)
    {
        var colon = text.IndexOf((byte)':');
        if (colon <= 0) return false;
        var name = text[..colon].TrimEnd(" \t"u8);
        return !name.IsEmpty && !name.ContainsAnyExceptInRange((byte)33, (byte)126);
    }
}
