using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>What a server keeps of a password for SCRAM (RFC 5802 §3). Whoever has it can check a client, and can't be one.</summary>
internal sealed class ScramKeys(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey)
{
    internal int Iterations => iterations;
    internal byte[] Salt => salt;
    internal byte[] StoredKey => storedKey;
    internal byte[] ServerKey => serverKey;

    /// <summary>Reads <c>iterations,salt,StoredKey,ServerKey</c>, as Dovecot writes it.</summary>
    internal static bool TryParse(string hash, [NotNullWhen(true)] out ScramKeys? keys)
    {
        keys = null;
        if (hash.Split(',') is not [var count, var saltText, var storedText, var serverText] || !KeyHashes.TryCount(count, out var iterations)) return false;
        if (HashText.FromBase64(saltText) is not { } salt || HashText.FromBase64(storedText) is not { } stored || HashText.FromBase64(serverText) is not { } server) return false;
        keys = new ScramKeys(iterations, salt, stored, server);
        return true;
    }

    /// <summary>The keys of a password.</summary>
    internal static ScramKeys Derive(byte[] password, byte[] salt, int iterations, ScramHash family)
    {
        var salted = KeyHashes.Derive(password, salt, iterations, family.Algorithm, family.Size);
        var clientKey = family.Hmac(salted, "Client Key"u8);
        var keys = new ScramKeys(iterations, salt, family.Digest(clientKey), family.Hmac(salted, "Server Key"u8));
        CryptographicOperations.ZeroMemory(salted);
        CryptographicOperations.ZeroMemory(clientKey);
        return keys;
    }

    internal HashMatch Compare(ScramKeys other) => HashText.Compare([.. storedKey, .. serverKey], [.. other.StoredKey, .. other.ServerKey]);
}
