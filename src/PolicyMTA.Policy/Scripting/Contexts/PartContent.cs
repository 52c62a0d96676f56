using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>Takes a part's decoded bytes: counts and hashes them, and keeps the first and the last for a look. Not thread-safe.</summary>
internal sealed class PartContent : Stream
{
    // The directory of a zip file is at its end, an encryption dictionary of a PDF near it.
    private const int Kept = 64 * 1024;
    private const ushort EncryptedFlag = 1;

    private static readonly (byte[] Start, string Type)[] Kinds =
    [
        ("%PDF-"u8.ToArray(), "application/pdf"),
        ("PK\u0003\u0004"u8.ToArray(), "application/zip"),
        ("PK\u0005\u0006"u8.ToArray(), "application/zip"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "application/x-ole-storage"),
        ("MZ"u8.ToArray(), "application/vnd.microsoft.portable-executable"),
        ([0x7F, (byte)'E', (byte)'L', (byte)'F'], "application/x-elf"),
        ([0xCA, 0xFE, 0xBA, 0xBE], "application/java-vm"),
        ([0x4C, 0, 0, 0, 1, 0x14, 2, 0], "application/x-ms-shortcut"),
        ("Rar!\u001a\u0007"u8.ToArray(), "application/vnd.rar"),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C], "application/x-7z-compressed"),
        ([0x1F, 0x8B], "application/gzip"),
        ("BZh"u8.ToArray(), "application/x-bzip2"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "application/x-xz"),
        ("MSCF"u8.ToArray(), "application/vnd.ms-cab-compressed"),
        ("{\\rtf"u8.ToArray(), "application/rtf"),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "image/png"),
        ([0xFF, 0xD8, 0xFF], "image/jpeg"),
        ("GIF8"u8.ToArray(), "image/gif"),
        ("#!"u8.ToArray(), "text/x-script"),
    ];

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _first = new byte[Kept];
    private readonly byte[] _last = new byte[2 * Kept];
    private long _size;
    private int _lastLength;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _size;

    public override long Position
    {
        get => _size;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        if (_size < Kept) buffer[..(int)Math.Min(buffer.Length, Kept - _size)].CopyTo(_first.AsSpan((int)_size));
        _size += buffer.Length;
        if (buffer.Length > Kept) buffer = buffer[^Kept..];
        if (_lastLength + buffer.Length > _last.Length)
        {
            var tail = Math.Min(_lastLength, Kept);
            _last.AsSpan(_lastLength - tail, tail).CopyTo(_last);
            _lastLength = tail;
        }
        buffer.CopyTo(_last.AsSpan(_lastLength));
        _lastLength += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>What the part is. Afterwards it may only be disposed of.</summary>
    public MessagePart Finish(string? fileName, string type)
    {
        var start = _first.AsSpan(0, (int)Math.Min(_size, Kept));
        var detected = Detect(start);
        return new MessagePart(fileName, type, detected, _size, Convert.ToHexStringLower(_hash.GetHashAndReset()), IsEncrypted(type, detected, start, _last.AsSpan(0, _lastLength)));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }

    private static string? Detect(ReadOnlySpan<byte> start)
    {
        foreach (var (bytes, type) in Kinds)
        {
            if (start.StartsWith(bytes)) return type;
        }
        return null;
    }

    private static bool IsEncrypted(string type, string? detected, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end) => detected switch
    {
        "application/zip" => HasLockedEntry(start, end),
        "application/pdf" => start.IndexOf("/Encrypt"u8) >= 0 || end.IndexOf("/Encrypt"u8) >= 0,
        // A document of the newer kinds under a password is a stream of that name in an old container.
        "application/x-ole-storage" => start.IndexOf("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"u8) >= 0 || end.IndexOf("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"u8) >= 0,
        _ => type is "application/pgp-encrypted" or "application/pkcs7-mime" or "application/x-pkcs7-mime",
    };

    // Bit 0 of an entry's flags, in its own header and in the directory (APPNOTE 4.3.7, 4.3.12, 4.4.4).
    private static bool HasLockedEntry(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        if (IsLocked(start, 6)) return true;
        for (int at; (at = end.IndexOf("PK\u0001\u0002"u8)) >= 0; end = end[(at + 4)..])
        {
            if (IsLocked(end[at..], 8)) return true;
        }
        return false;
    }

    private static bool IsLocked(ReadOnlySpan<byte> header, int flags) => header.Length >= flags + 2 && (BinaryPrimitives.ReadUInt16LittleEndian(header[flags..]) & EncryptedFlag) != 0;
}
