using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>SHA-crypt, <c>$5$</c> and <c>$6$</c> (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512").</summary>
internal static class ShaCrypt
{
    private const int MaximumSalt = 16;
    private const int DefaultRounds = 5000;
    private const int MinimumRounds = 1000;
    // The specification's bound would be hours of work.
    internal const int MaximumRounds = 10_000_000;

    internal delegate byte[] Digest(ReadOnlySpan<byte> source);

    /// <summary>A member of the family.</summary>
    internal sealed record Family(Digest Digest, Func<byte[], string> Encode);

    internal static Family Sha256 { get; } = new(source => SHA256.HashData(source), Encode256);
    internal static Family Sha512 { get; } = new(source => SHA512.HashData(source), Encode512);

    internal static HashMatch Compare(string hash, byte[] password, Family family)
    {
        var parts = hash.Split('$');
        var rounds = DefaultRounds;
        if (parts.Length == 5 && parts[2].StartsWith("rounds=", StringComparison.Ordinal))
        {
            if (!TryReadRounds(parts[2].AsSpan(7), out rounds)) return HashMatch.Malformed;
        }
        else if (parts.Length != 4) return HashMatch.Malformed;
        var salt = Encoding.UTF8.GetBytes(parts[^2]);
        if (salt.Length > MaximumSalt) salt = salt[..MaximumSalt];
        return HashText.Compare(family.Encode(Stretch(password, salt, rounds, family.Digest)), parts[^1]);
    }

    internal static bool TryReadRounds(ReadOnlySpan<char> text, out int rounds)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out rounds) || rounds > MaximumRounds) return false;
        rounds = Math.Max(rounds, MinimumRounds);
        return true;
    }

    private static byte[] Stretch(byte[] password, byte[] salt, int rounds, Digest digest)
    {
        var current = First(password, salt, digest);
        var spreadPassword = Spread(digest(Repeat(password, password.Length)), password.Length);
        var spreadSalt = Spread(digest(Repeat(salt, 16 + current[0])), salt.Length);
        var round = new byte[current.Length + 2 * spreadPassword.Length + spreadSalt.Length];
        for (var i = 0; i < rounds; i++)
        {
            var length = Append(round, 0, i % 2 == 1 ? spreadPassword : current);
            if (i % 3 != 0) length = Append(round, length, spreadSalt);
            if (i % 7 != 0) length = Append(round, length, spreadPassword);
            length = Append(round, length, i % 2 == 1 ? current : spreadPassword);
            current = digest(round.AsSpan(0, length));
        }
        return current;
    }

    private static byte[] First(byte[] password, byte[] salt, Digest digest)
    {
        var mixed = digest([.. password, .. salt, .. password]);
        var source = new List<byte>([.. password, .. salt, .. Spread(mixed, password.Length)]);
        for (var bits = password.Length; bits > 0; bits >>= 1) source.AddRange((bits & 1) != 0 ? mixed : password);
        return digest(source.ToArray());
    }

    private static int Append(byte[] target, int length, byte[] bytes)
    {
        bytes.CopyTo(target, length);
        return length + bytes.Length;
    }

    private static byte[] Repeat(byte[] bytes, int times) => Spread(bytes, bytes.Length * times);

    private static byte[] Spread(byte[] bytes, int length)
    {
        var spread = new byte[length];
        for (var i = 0; i < length; i++) spread[i] = bytes[i % bytes.Length];
        return spread;
    }

    private static string Encode512(byte[] d)
    {
        var text = new StringBuilder();
        for (var (i, a, b, c) = (0, 0, 21, 42); i < 21; i++, (a, b, c) = (b + 1, c + 1, a + 1)) text.AppendCrypt(d[a], d[b], d[c]);
        text.AppendCrypt(0, 0, d[63], 2);
        return text.ToString();
    }

    private static string Encode256(byte[] d)
    {
        var text = new StringBuilder();
        for (var (i, a, b, c) = (0, 0, 10, 20); i < 10; i++, (a, b, c) = (c + 1, a + 1, b + 1)) text.AppendCrypt(d[a], d[b], d[c]);
        text.AppendCrypt(0, d[31], d[30], 3);
        return text.ToString();
    }
}
