using System.Buffers.Binary;
using System.Numerics;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>MD5's step over one block (RFC 1321 §3.4): the library gives whole digests only, and HMAC-MD5 hashes are the state between.</summary>
internal static class Md5Block
{
    internal const int Size = 64;

    private static readonly int[] Shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    /// <summary>The state after the first block.</summary>
    internal static byte[] FirstState(byte[] block)
    {
        uint[] state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        Step(state, block);
        return Bytes(state);
    }

    /// <summary>The digest of a first block, of which the state is known, and of what follows it (RFC 1321 §3.1, §3.2: padding and length).</summary>
    internal static byte[] Finish(ReadOnlySpan<byte> firstState, ReadOnlySpan<byte> rest)
    {
        var state = new uint[4];
        for (var i = 0; i < 4; i++) state[i] = BinaryPrimitives.ReadUInt32LittleEndian(firstState[(i * 4)..]);
        var padded = new byte[(rest.Length + 9 + Size - 1) / Size * Size];
        rest.CopyTo(padded);
        padded[rest.Length] = 0x80;
        BinaryPrimitives.WriteInt64LittleEndian(padded.AsSpan(padded.Length - 8), (Size + (long)rest.Length) * 8);
        for (var at = 0; at < padded.Length; at += Size) Step(state, padded.AsSpan(at, Size));
        return Bytes(state);
    }

    private static void Step(uint[] state, ReadOnlySpan<byte> block)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (var i = 0; i < 64; i++)
        {
            var (mixed, word) = (i / 16) switch
            {
                0 => (b & c | ~b & d, i),
                1 => (d & b | ~d & c, (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | ~d), 7 * i % 16),
            };
            var constant = (uint)(Math.Abs(Math.Sin(i + 1)) * 4294967296.0);
            var sum = a + mixed + constant + BinaryPrimitives.ReadUInt32LittleEndian(block[(word * 4)..]);
            (a, b, c, d) = (d, b + BitOperations.RotateLeft(sum, Shifts[i / 16 * 4 + i % 4]), b, c);
        }
        (state[0], state[1], state[2], state[3]) = (state[0] + a, state[1] + b, state[2] + c, state[3] + d);
    }

    private static byte[] Bytes(uint[] state)
    {
        var bytes = new byte[16];
        for (var i = 0; i < 4; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), state[i]);
        return bytes;
    }
}
