using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>What a server keeps of a password for CRAM-MD5: the states of both of HMAC's digests after their first block, outer before inner, as Dovecot writes them.</summary>
internal sealed record CramMd5Key(byte[] States)
{
    internal static bool TryParse(string hash, string encoding, [NotNullWhen(true)] out CramMd5Key? key)
    {
        var stored = encoding.ToUpperInvariant() is "B64" or "BASE64" ? HashText.FromBase64(hash) : HashText.FromHex(hash);
        key = stored is { Length: 32 } ? new CramMd5Key(stored) : null;
        return key is not null;
    }

    /// <summary>The key of a password (RFC 2104 §2).</summary>
    internal static CramMd5Key Of(byte[] password)
    {
        var key = new byte[Md5Block.Size];
        (password.Length > Md5Block.Size ? PlainHashes.Md5Digest(password) : password).CopyTo(key, 0);
        var outer = Md5Block.FirstState([.. key.Select(b => (byte)(b ^ 0x5c))]);
        var inner = Md5Block.FirstState([.. key.Select(b => (byte)(b ^ 0x36))]);
        return new CramMd5Key([.. outer, .. inner]);
    }

    /// <summary>HMAC-MD5 of a text.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> text) => Md5Block.Finish(States.AsSpan(0, 16), Md5Block.Finish(States.AsSpan(16), text));

    internal HashMatch Compare(CramMd5Key other) => HashText.Compare(States, other.States);
}
