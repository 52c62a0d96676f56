using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>
/// The state machine behind <see cref="DataReader"/> and <see cref="BdatCleaner"/>. Ordinary lines are found with vectorised searches and
/// copied in runs; only what is odd goes through the states one octet at a time.
/// </summary>
internal sealed class ContentCleaner(bool isDotStuffed, BareNewline bareNewline)
{
    private enum State
    {
        LineStart,
        InLine,
        /// <summary>One or more CRs, not yet written, inside or at the start of a line.</summary>
        Returns,
        /// <summary>A dot at the start of a line, not yet written.</summary>
        Dot,
        /// <summary>That dot and one or more CRs.</summary>
        DotReturns,
    }

    private static readonly SearchValues<byte> Odd = SearchValues.Create("\r\n"u8);

    private State _state = State.LineStart;
    private int _returns;
    // How the line before ended. DATA's own CRLF stands before the first.
    private bool _isAfterBareNewline;

    public long Length { get; private set; }

    public bool SawBareNewline { get; private set; }

    public HeaderCounter Headers { get; } = new();

    /// <summary>True at the end of the message, which only dot-stuffed content has.</summary>
    public bool Read(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        long consumed = 0;
        foreach (var segment in input)
        {
            var isEnd = Read(segment.Span, output, out var taken);
            consumed += taken;
            if (!isEnd) continue;
            input = input.Slice(consumed);
            return true;
        }
        input = input.Slice(input.End);
        return false;
    }

    /// <summary>Ends an open line.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_state == State.Returns) WriteSpaces(output);
        if (_state is State.InLine or State.Returns) Write("\r\n"u8, output);
        _state = State.LineStart;
    }

    private bool Read(ReadOnlySpan<byte> input, IBufferWriter<byte> output, out int taken)
    {
        taken = 0;
        while (taken < input.Length)
        {
            if (_state is State.LineStart or State.InLine)
            {
                var run = PlainRun(input[taken..]);
                if (run > 0)
                {
                    Write(input.Slice(taken, run), output);
                    taken += run;
                    continue;
                }
            }
            if (Step(input[taken++], output)) return true;
        }
        return false;
    }

    /// <summary>How many octets can be copied as they are: whole lines with CRLF, and the beginning of the last one. Leaves the state behind them.</summary>
    private int PlainRun(ReadOnlySpan<byte> input)
    {
        var at = 0;
        while (at < input.Length)
        {
            if (_state == State.LineStart && isDotStuffed && input[at] == (byte)'.') break;
            var odd = input[at..].IndexOfAny(Odd);
            if (odd != 0) _state = State.InLine;
            if (odd < 0) return input.Length;
            at += odd;
            if (input[at] != (byte)'\r' || at + 1 >= input.Length || input[at + 1] != (byte)'\n') break;
            at += 2;
            _state = State.LineStart;
            _isAfterBareNewline = false;
        }
        return at;
    }

    private bool Step(byte octet, IBufferWriter<byte> output)
    {
        switch (octet)
        {
            case (byte)'\n':
                return EndLine(output);
            case (byte)'\r':
                _state = _state is State.Dot or State.DotReturns ? State.DotReturns : State.Returns;
                _returns++;
                return false;
            case (byte)'.' when _state == State.LineStart && isDotStuffed:
                _state = State.Dot;
                return false;
            default:
                // A CR inside a line is no line end, whoever may take it for one later. A NUL stays, as Postfix keeps it: the signature may cover it.
                WriteSpaces(output);
                Write(new ReadOnlySpan<byte>(in octet), output);
                _state = State.InLine;
                return false;
        }
    }

    private bool EndLine(IBufferWriter<byte> output)
    {
        var isBare = _returns == 0;
        var isLoneDot = _state is State.Dot or State.DotReturns;
        var isClean = _returns == 1 && !_isAfterBareNewline;
        SawBareNewline |= isBare;
        _returns = 0;
        _state = State.LineStart;
        _isAfterBareNewline = isBare;
        // A lone dot that is no proper end is dropped, as Postfix does: the next server must not see it either.
        if (isLoneDot) return isClean || bareNewline is BareNewline.Note or BareNewline.Accept;
        Write("\r\n"u8, output);
        return false;
    }

    private void WriteSpaces(IBufferWriter<byte> output)
    {
        for (; _returns > 0; _returns--) Write(" "u8, output);
    }

    private void Write(ReadOnlySpan<byte> octets, IBufferWriter<byte> output)
    {
        Headers.Read(octets);
        output.Write(octets);
        Length += octets.Length;
    }
}
