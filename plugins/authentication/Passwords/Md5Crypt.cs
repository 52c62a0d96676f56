using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>MD5-crypt, <c>$1$</c> (FreeBSD's crypt) and Apache's <c>$apr1$</c>.</summary>
internal static class Md5Crypt
{
    private const int MaximumSalt = 8;
    private const int Rounds = 1000;

    internal static HashMatch Compare(string hash, string magic, byte[] password)
    {
        if (hash[magic.Length..].Split('$') is not [var saltText, var digest]) return HashMatch.Malformed;
        var salt = Encoding.UTF8.GetBytes(saltText);
        if (salt.Length > MaximumSalt) salt = salt[..MaximumSalt];
        return HashText.Compare(Encode(Stretch(password, salt, Encoding.ASCII.GetBytes(magic))), digest);
    }

    private static byte[] Stretch(byte[] password, byte[] salt, byte[] magic)
    {
        var mixed = PlainHashes.Md5Digest([.. password, .. salt, .. password]);
        var source = new List<byte>([.. password, .. magic, .. salt]);
        for (var i = 0; i < password.Length; i++) source.Add(mixed[i % 16]);
        for (var bits = password.Length; bits > 0; bits >>= 1) source.Add((bits & 1) != 0 ? (byte)0 : password[0]);
        var current = PlainHashes.Md5Digest([.. source]);
        for (var i = 0; i < Rounds; i++)
        {
            source.Clear();
            source.AddRange(i % 2 == 1 ? password : current);
            if (i % 3 != 0) source.AddRange(salt);
            if (i % 7 != 0) source.AddRange(password);
            source.AddRange(i % 2 == 1 ? current : password);
            current = PlainHashes.Md5Digest([.. source]);
        }
        return current;
    }

    private static string Encode(byte[] d)
    {
        var text = new StringBuilder();
        for (var i = 0; i < 5; i++) text.AppendCrypt(d[i], d[i + 6], d[i == 4 ? 5 : i + 12]);
        text.AppendCrypt(0, 0, d[11], 2);
        return text.ToString();
    }
}
