using System.Buffers;
using System.Security.Cryptography;

namespace PolicyMTA.Filters.Dkim;

/// <summary>
/// The hash of a body that is written to it piece by piece, in one of the two ways (RFC 6376 §3.4.3, §3.4.4), all of it or its first octets. Not thread-safe.
/// </summary>
internal sealed class BodyHash(bool isRelaxed, HashAlgorithmName algorithm, long? limit = null) : IDisposable
{
    private const int BufferSize = 4096;

    private static readonly SearchValues<byte> Odd = SearchValues.Create("\t\r\n"u8);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _buffered;
    private long _emptyLines;
    private bool _isSpaced, _hasReturn;

    internal bool IsRelaxed => isRelaxed;

    internal HashAlgorithmName Algorithm => algorithm;

    internal long? Limit => limit;

    /// <summary>Octets of the body in its canonical form.</summary>
    internal long Length { get; private set; }

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        if (isRelaxed) WriteRelaxed(bytes);
        else WriteSimple(bytes);
    }

    /// <summary>The hash. Afterwards it may only be disposed of.</summary>
    internal byte[] Finish()
    {
        if (_hasReturn) PutWord("\r"u8);
        // An empty body is one line end in the simple form, and nothing in the relaxed one.
        if (!isRelaxed || Length > 0 || _buffered > 0) Put("\r\n"u8);
        Flush();
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    private void WriteSimple(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_hasReturn)
            {
                _hasReturn = false;
                if (bytes[0] == '\n')
                {
                    _emptyLines++;
                    bytes = bytes[1..];
                    continue;
                }
                PutBehindEmptyLines("\r"u8);
            }
            while (bytes.StartsWith("\r\n"u8))
            {
                _emptyLines++;
                bytes = bytes[2..];
            }
            // The line ends at the end of the piece may be the end of the body.
            var end = bytes.Length;
            if (end > 0 && bytes[end - 1] == '\r') end--;
            _hasReturn = end < bytes.Length;
            var lines = 0;
            for (; end >= 2 && bytes[end - 1] == '\n' && bytes[end - 2] == '\r'; end -= 2) lines++;
            if (end > 0) PutBehindEmptyLines(bytes[..end]);
            _emptyLines += lines;
            return;
        }
    }

    private void WriteRelaxed(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_hasReturn)
            {
                _hasReturn = false;
                if (bytes[0] == '\n')
                {
                    // White space at the end of a line is ignored.
                    _isSpaced = false;
                    _emptyLines++;
                    bytes = bytes[1..];
                    continue;
                }
                PutWord("\r"u8);
                continue;
            }
            var odd = bytes.IndexOfAny(Odd);
            PutWords(odd < 0 ? bytes : bytes[..odd]);
            if (odd < 0) return;
            switch (bytes[odd])
            {
                case (byte)'\r': _hasReturn = true; break;
                case (byte)'\n': PutWord("\n"u8); break;
                default: _isSpaced = true; break;
            }
            bytes = bytes[(odd + 1)..];
        }
    }

    // A single space between two words stays what it is: most text goes through in one piece.
    private void PutWords(ReadOnlySpan<byte> words)
    {
        while (words.Length > 0)
        {
            if (words[0] == ' ')
            {
                _isSpaced = true;
                words = words.TrimStart((byte)' ');
                continue;
            }
            var gap = words.IndexOf("  "u8);
            var end = gap < 0 ? words.TrimEnd((byte)' ').Length : gap;
            PutWord(words[..end]);
            words = words[end..];
        }
    }

    private void PutWord(ReadOnlySpan<byte> word)
    {
        if (_emptyLines > 0) PutEmptyLines();
        if (_isSpaced) Put(" "u8);
        _isSpaced = false;
        Put(word);
    }

    private void PutBehindEmptyLines(ReadOnlySpan<byte> bytes)
    {
        if (_emptyLines > 0) PutEmptyLines();
        Put(bytes);
    }

    private void PutEmptyLines()
    {
        for (; _emptyLines > 0; _emptyLines--) Put("\r\n"u8);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= BufferSize)
        {
            Flush();
            Append(bytes);
            return;
        }
        if (bytes.Length > BufferSize - _buffered) Flush();
        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    private void Flush()
    {
        Append(_buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var counted = limit is { } most ? bytes[..(int)Math.Clamp(most - Length, 0, bytes.Length)] : bytes;
        _hash.AppendData(counted);
        Length += bytes.Length;
    }
}
