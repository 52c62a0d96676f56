using System.Buffers.Binary;
using System.Numerics;

namespace PolicyMTA.Queue.Storage;

/// <summary>CRC-32C of bytes that come in pieces: it finds damage, at memory speed; it is no signature.</summary>
internal struct ContentHash
{
    private uint _crc;

    public ContentHash() => _crc = uint.MaxValue;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        var crc = _crc;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        _crc = crc;
    }

    internal readonly long Value => ~_crc;

    /// <summary>Content and head in one: a row that lost either does not match.</summary>
    internal readonly long With(ReadOnlySpan<byte> head)
    {
        var whole = this;
        whole.Append(head);
        return whole.Value;
    }
}
