namespace PolicyMTA.Smtp;

/// <summary>Counts the Received fields of a header section fed in pieces; idle once the body has begun.</summary>
internal sealed class ReceivedCounter
{
    private const int NoMatch = -1;
    private int _matched;
    private int _lineLength;
    private bool _isOver;

    private static ReadOnlySpan<byte> Name => "received"u8;

    public int Count { get; private set; }

    /// <summary>Takes clean lines: every line feed follows a carriage return.</summary>
    public void Read(ReadOnlySpan<byte> octets)
    {
        while (!_isOver && octets.Length > 0)
        {
            if (_matched == NoMatch)
            {
                var end = octets.IndexOf((byte)'\n');
                _lineLength++;
                if (end < 0) return;
                octets = octets[end..];
            }
            Step(octets[0]);
            octets = octets[1..];
        }
    }

    private void Step(byte octet)
    {
        switch (octet)
        {
            case (byte)'\n':
                _isOver = _lineLength == 0;
                _lineLength = 0;
                _matched = 0;
                return;
            case (byte)'\r':
                return;
        }
        _lineLength++;
        if (_matched == NoMatch) return;
        if (_matched < Name.Length) _matched = (octet | 0x20) == Name[_matched] ? _matched + 1 : NoMatch;
        else if (octet == (byte)':') EndMatch();
        else if (octet is not ((byte)' ' or (byte)'\t')) _matched = NoMatch;
    }

    private void EndMatch()
    {
        Count++;
        _matched = NoMatch;
    }
}
