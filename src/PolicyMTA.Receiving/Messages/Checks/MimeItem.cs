namespace PolicyMTA.Receiving.Messages.Checks;

internal enum MimeItemKind
{
    /// <summary>A field of the message's own header section.</summary>
    PrimaryHeader,
    /// <summary>A field of a part.</summary>
    PartHeader,
    /// <summary>A field of an attached message.</summary>
    NestedHeader,
    /// <summary>A line, or a piece of a long one.</summary>
    Body,
}

/// <summary>A field with all its lines, or a line of a body.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Raw">Its bytes, line ends included; valid until the next line is taken.</param>
/// <param name="Offset">Where a line of a body begins, counted from its part's empty line with one byte a line end.</param>
/// <param name="IsMore">True for the field's lines beyond <c>header_size_limit</c>, which share its fate unread.</param>
internal readonly record struct MimeItem(MimeItemKind Kind, ReadOnlyMemory<byte> Raw, long Offset, bool IsMore = false)
{
    /// <summary>Its bytes without the last line end.</summary>
    internal ReadOnlySpan<byte> Text
    {
        get
        {
            var text = Raw.Span;
            if (text.EndsWith("\n"u8)) text = text[..^1];
            return text.EndsWith("\r"u8) ? text[..^1] : text;
        }
    }
}
