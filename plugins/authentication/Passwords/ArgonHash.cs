using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Konscious.Security.Cryptography;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>Argon2 (RFC 9106) as crypt(3) writes it: <c>$argon2id$v=19$m=65536,t=3,p=1$salt$digest</c>.</summary>
internal sealed record ArgonHash(string Kind, int Kibibytes, int Turns, int Lanes, byte[] Salt, byte[] Digest)
{
    // A hash in a table must not make the server take all memory: RFC 9106 §4 recommends 2 GiB at most, and few use a tenth.
    internal const int MostKibibytes = 1024 * 1024;
    // Nor all the time: this is some ten seconds of work.
    internal const int MostWork = 8 * MostKibibytes;

    /// <summary>False for what is no such hash, or would cost too much.</summary>
    internal static bool TryParse(string hash, [NotNullWhen(true)] out ArgonHash? argon)
    {
        argon = null;
        if (hash.Split('$') is not ["", var kind, "v=19", var costs, var saltText, var digestText]) return false;
        if (costs.Split(',') is not [var m, var t, var p]) return false;
        if (!TryRead(m, "m=", out var memory) || !TryRead(t, "t=", out var turns) || !TryRead(p, "p=", out var lanes)) return false;
        // RFC 9106 §3.1 has the lower bounds.
        if (memory > MostKibibytes || (long)memory * turns > MostWork || lanes > byte.MaxValue || memory < 8 * lanes) return false;
        if (HashText.FromBase64(saltText) is not { Length: >= 8 } salt || HashText.FromBase64(digestText) is not { Length: >= 4 } digest) return false;
        argon = new ArgonHash(kind, memory, turns, lanes, salt, digest);
        return true;
    }

    internal HashMatch Compare(byte[] password)
    {
        using Argon2? argon = Kind switch
        {
            "argon2id" => new Argon2id(password),
            "argon2i" => new Argon2i(password),
            _ => null,
        };
        if (argon is null) return HashMatch.Unsupported;
        (argon.Salt, argon.MemorySize, argon.Iterations, argon.DegreeOfParallelism) = (Salt, Kibibytes, Turns, Lanes);
        return HashText.Compare(argon.GetBytes(Digest.Length), Digest);
    }

    private static bool TryRead(string text, string name, out int value)
    {
        value = 0;
        return text.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value > 0;
    }
}
