using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Tests;

/// <summary>The other end of SCRAM-SHA-256, written from RFC 5802 alone.</summary>
internal sealed class ScramClient(string user, string password, string nonce = "rOprNGfwEbeRWgbNEkqO", string header = "n,,")
{
    private byte[] _expected = [];

    internal string First => $"{header}{Bare}";
    private string Bare => $"n={user},r={nonce}";

    /// <summary>The answer to the server's first message.</summary>
    internal string Final(string challenge, string? binding = null, string? nonceSaid = null)
    {
        var parts = challenge.Split(',').Select(p => p[2..]).ToArray();
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Convert.FromBase64String(parts[1]), int.Parse(parts[2]), HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var withoutProof = $"c={binding ?? Convert.ToBase64String(Encoding.UTF8.GetBytes(header))},r={nonceSaid ?? parts[0]}";
        var exchanged = Encoding.UTF8.GetBytes($"{Bare},{challenge},{withoutProof}");
        var signature = HMACSHA256.HashData(SHA256.HashData(clientKey), exchanged);
        _expected = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), exchanged);
        return $"{withoutProof},p={Convert.ToBase64String([.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))])}";
    }

    /// <summary>Whether the server knows the client's keys.</summary>
    internal bool Believes(string final) => final == "v=" + Convert.ToBase64String(_expected);

    /// <summary>What <c>doveadm pw -s SCRAM-SHA-1</c> writes, by the keys that RFC 5802 §5 gives for "pencil".</summary>
    internal const string StoredSha1 = "{SCRAM-SHA-1}4096,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,D+CSWLOshSulAsxiupA+qs2/fTE=";

    /// <summary>What <c>doveadm pw -s SCRAM-SHA-256</c> writes.</summary>
    internal static string Stored(string password, int iterations = 4096, string salt = "W22ZaJ0SNY7soEsUEjb6gQ==")
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Convert.FromBase64String(salt), iterations, HashAlgorithmName.SHA256, 32);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        return $"{{SCRAM-SHA-256}}{iterations},{salt},{Convert.ToBase64String(storedKey)},{Convert.ToBase64String(HMACSHA256.HashData(salted, "Server Key"u8))}";
    }
}
