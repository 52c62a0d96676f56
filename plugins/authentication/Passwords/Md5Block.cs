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
        Span<uint> start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        var (a, b, c, d) = (start[0], start[1], start[2], start[3]);
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
            var sum = a + mixed + constant + BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(word * 4));
            (a, b, c, d) = (d, b + BitOperations.RotateLeft(sum, Shifts[i / 16 * 4 + i % 4]), b, c);
        }
        var state = new byte[16];
        uint[] end = [a, b, c, d];
        for (var i = 0; i < 4; i++) BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(i * 4), start[i] + end[i]);
        return state;
    }
}
