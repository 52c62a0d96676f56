namespace PolicyMTA.Smtp;

/// <summary>Counts what is limited in a header section that is fed in pieces; idle once the body has begun, at the empty line or at one that is no field.</summary>
public sealed class HeaderCounter
{
    private enum State
    {
        LineStart,
        Name,
        /// <summary>White space before the colon, which obsolete syntax allows (RFC 5322 §4.5).</summary>
        AfterName,
        Value,
        Over,
    }

    private State _state;
    private int _matched;
    private int _mailbox;
    private bool _sawEmptyLine;
    private long _fieldLength;

    private static ReadOnlySpan<byte> Received => "received"u8;
    private static ReadOnlySpan<byte> Mailbox => "From"u8;

    /// <summary>Fields.</summary>
    public int Count { get; private set; }

    /// <summary>Received fields, for the hop limit.</summary>
    public int Hops { get; private set; }

    /// <summary>True when something has to be put right before the message goes on: no empty line ends the section, or it begins as a message in an mbox file does.</summary>
    public bool NeedsMending => !_sawEmptyLine || HasMailboxLine;

    /// <summary>The first line is <c>From sender date</c>, perhaps quoted: no field, and left by whoever took the message out of an mbox file.</summary>
    private bool HasMailboxLine { get; set; }

    /// <summary>Octets of the longest field, its line feeds not counted.</summary>
    public long Longest { get; private set; }

    /// <summary>Takes clean lines: every line feed follows a carriage return.</summary>
    internal void Read(ReadOnlySpan<byte> octets)
    {
        while (_state != State.Over && octets.Length > 0)
        {
            var taken = 1;
            if (_state == State.Value)
            {
                var end = octets.IndexOf((byte)'\n');
                taken = end < 0 ? octets.Length : end + 1;
                _fieldLength += end < 0 ? taken : end;
                Longest = Math.Max(Longest, _fieldLength);
                if (end >= 0) _state = State.LineStart;
            }
            else if (octets[0] != (byte)'\r')
            {
                Step(octets[0]);
            }
            octets = octets[taken..];
        }
    }

    private void Step(byte octet)
    {
        var isSpace = octet is (byte)' ' or (byte)'\t';
        _fieldLength++;
        _state = _state switch
        {
            State.LineStart when isSpace && Count > 0 => State.Value,
            State.LineStart when IsName(octet) => BeginField(octet),
            State.Name when IsName(octet) => GoOn(octet),
            State.Name when isSpace && Count == 0 && _mailbox == Mailbox.Length && octet == (byte)' ' => SkipMailboxLine(),
            State.Name when isSpace => State.AfterName,
            State.AfterName when isSpace => State.AfterName,
            State.Name or State.AfterName when octet == (byte)':' => EndName(),
            _ => End(octet),
        };
    }

    private static bool IsName(byte octet) => octet is >= 33 and <= 126 and not (byte)':';

    private State BeginField(byte octet)
    {
        (_fieldLength, _matched, _mailbox) = (1, 0, 0);
        return GoOn(octet);
    }

    private State GoOn(byte octet)
    {
        if (octet != (byte)'>' || _mailbox != 0) _mailbox = _mailbox >= 0 && _mailbox < Mailbox.Length && octet == Mailbox[_mailbox] ? _mailbox + 1 : -1;
        _matched = _matched >= 0 && _matched < Received.Length && (octet | 0x20) == Received[_matched] ? _matched + 1 : -1;
        return State.Name;
    }

    private State SkipMailboxLine()
    {
        HasMailboxLine = true;
        return State.Value;
    }

    private State End(byte octet)
    {
        _sawEmptyLine = _state == State.LineStart && octet == (byte)'\n';
        return State.Over;
    }

    private State EndName()
    {
        Count++;
        if (_matched == Received.Length) Hops++;
        return State.Value;
    }
}
