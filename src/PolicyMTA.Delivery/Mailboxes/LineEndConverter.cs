namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>Turns CRLF into LF across any split: files on Unix have LF. Everything else stays as it is.</summary>
internal sealed class LineEndConverter
{
    private bool _holdsCr;

    /// <summary>Writes the converted bytes into a buffer of at least one byte more than the input; gives their count.</summary>
    public int Convert(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var written = 0;
        while (!input.IsEmpty)
        {
            if (_holdsCr && input[0] != (byte)'\n') output[written++] = (byte)'\r';
            _holdsCr = false;
            var cr = input.IndexOf((byte)'\r');
            var run = cr < 0 ? input : input[..cr];
            run.CopyTo(output[written..]);
            written += run.Length;
            if (cr < 0) break;
            _holdsCr = true;
            input = input[(cr + 1)..];
        }
        return written;
    }

    /// <summary>True when the content ended with a CR that was held back.</summary>
    public bool EndsWithCr => _holdsCr;
}
