using System.Text;

namespace PolicyMTA.Lookups.Wire;

/// <summary>Reads lines and netstrings from a stream, no longer than allowed. Used by one call at a time.</summary>
internal sealed class WireReader(Stream stream)
{
    // Nine digits are more than any limit here has.
    private const int LongestLength = 9;

    private readonly byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>True when there is something nobody has asked for: what follows could be taken for another question's reply.</summary>
    internal bool HasMore => _start < _end;

    /// <summary>A line without its line feed; null when the stream ends before its first byte.</summary>
    /// <exception cref="InvalidDataException">It is longer than allowed, or the stream ends within it.</exception>
    internal async ValueTask<string?> ReadLineAsync(int limit, CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        while (true)
        {
            if (!HasMore && !await FillAsync(cancellationToken))
            {
                return line.Length == 0 ? null : throw new InvalidDataException("the connection ended within a line");
            }
            var found = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var count = found < 0 ? _end - _start : found;
            if (line.Length + count + 1 > limit) throw new InvalidDataException($"a line of more than {limit} bytes");
            line.Write(_buffer, _start, count);
            _start += found < 0 ? count : count + 1;
            if (found >= 0) return Decode(line.GetBuffer().AsSpan(0, (int)line.Length));
        }
    }

    /// <summary>The text of a netstring (<c>5:hello,</c>); null when the stream ends before its first byte.</summary>
    /// <exception cref="InvalidDataException">It is malformed or longer than allowed, or the stream ends within it.</exception>
    internal async ValueTask<string?> ReadNetstringAsync(int limit, CancellationToken cancellationToken)
    {
        var (length, digits) = (0, 0);
        while (true)
        {
            if (!HasMore && !await FillAsync(cancellationToken)) return digits == 0 ? null : throw new InvalidDataException("the connection ended within a netstring");
            var octet = _buffer[_start++];
            if (octet == (byte)':' && digits > 0) break;
            if (!char.IsAsciiDigit((char)octet) || ++digits > LongestLength) throw new InvalidDataException("no netstring");
            length = length * 10 + (octet - '0');
        }
        if (length > limit) throw new InvalidDataException($"a netstring of {length} bytes, more than {limit}");
        // Grown as the bytes come: a length alone costs no memory.
        using var text = new MemoryStream();
        while (text.Length <= length)
        {
            if (!HasMore && !await FillAsync(cancellationToken)) throw new InvalidDataException("the connection ended within a netstring");
            var count = (int)Math.Min(_end - _start, length + 1 - text.Length);
            text.Write(_buffer, _start, count);
            _start += count;
        }
        var octets = text.GetBuffer().AsSpan(0, length + 1);
        return octets[^1] == (byte)',' ? Decode(octets[..^1]) : throw new InvalidDataException("a netstring without its comma");
    }

    private static string Decode(ReadOnlySpan<byte> octets) => Encoding.UTF8.GetString(octets);

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }
}
