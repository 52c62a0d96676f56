namespace PolicyMTA.Authentication.Passwords;

/// <summary>Dovecot's password schemes: <c>{SCHEME}hash</c>, <c>{SCHEME.ENCODING}hash</c>, or a bare hash of the default scheme.</summary>
internal static class PasswordScheme
{
    // The one whose hash has the user's name in it.
    private const string Digest = "DIGEST-MD5";

    private delegate HashMatch Comparison(string hash, string encoding, byte[] password);

    private static readonly Dictionary<string, Comparison> Schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PLAIN"] = PlainHashes.Plain,
        ["CLEAR"] = PlainHashes.Plain,
        ["CLEARTEXT"] = PlainHashes.Plain,
        ["PLAIN-MD5"] = PlainHashes.Md5,
        ["LDAP-MD5"] = PlainHashes.LdapMd5,
        ["SMD5"] = PlainHashes.SaltedMd5,
        ["SHA"] = PlainHashes.Sha1,
        ["SHA1"] = PlainHashes.Sha1,
        ["SHA256"] = PlainHashes.Sha256,
        ["SHA512"] = PlainHashes.Sha512,
        ["SSHA"] = PlainHashes.SaltedSha1,
        ["SSHA256"] = PlainHashes.SaltedSha256,
        ["SSHA512"] = PlainHashes.SaltedSha512,
        ["CRYPT"] = CryptHashes.Encoded,
        ["DES-CRYPT"] = CryptHashes.Encoded,
        ["MD5-CRYPT"] = CryptHashes.Encoded,
        ["MD5"] = CryptHashes.Md5,
        ["MD5RAW"] = PlainHashes.Md5,
        ["SHA256-CRYPT"] = CryptHashes.Encoded,
        ["SHA512-CRYPT"] = CryptHashes.Encoded,
        ["BLF-CRYPT"] = CryptHashes.Encoded,
        ["ARGON2I"] = CryptHashes.Encoded,
        ["ARGON2ID"] = CryptHashes.Encoded,
        ["PBKDF2"] = (hash, _, password) => KeyHashes.Pbkdf2(hash, password),
        ["SCRAM-SHA-1"] = (hash, _, password) => KeyHashes.ScramSha1(hash, password),
        ["SCRAM-SHA-256"] = (hash, _, password) => KeyHashes.ScramSha256(hash, password),
        ["CRAM-MD5"] = KeyHashes.HmacMd5,
        ["HMAC-MD5"] = KeyHashes.HmacMd5,
    };

    internal static bool IsKnown(string scheme) => Schemes.ContainsKey(scheme) || scheme.Equals(Digest, StringComparison.OrdinalIgnoreCase);

    /// <summary>The scheme's name of a stored hash, for messages: it holds nothing of the hash.</summary>
    internal static string NameOf(string stored, string defaultScheme)
    {
        var name = Split(stored, defaultScheme).Scheme;
        return IsKnown(name) || name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? name : "unknown";
    }

    internal static HashMatch Verify(string stored, string defaultScheme, byte[] password, string user = "")
    {
        var (scheme, encoding, hash) = Split(stored, defaultScheme);
        if (scheme.Equals(Digest, StringComparison.OrdinalIgnoreCase)) return KeyHashes.DigestMd5(hash, encoding, password, user);
        return Schemes.TryGetValue(scheme, out var compare) ? compare(hash, encoding, password) : HashMatch.Unsupported;
    }

    internal static (string Scheme, string Encoding, string Hash) Split(string stored, string defaultScheme)
    {
        var end = stored.StartsWith('{') ? stored.IndexOf('}', StringComparison.Ordinal) : -1;
        if (end < 0) return (defaultScheme, "", stored);
        var name = stored[1..end];
        var dot = name.LastIndexOf('.');
        return dot < 0 ? (name, "", stored[(end + 1)..]) : (name[..dot], name[(dot + 1)..], stored[(end + 1)..]);
    }
}
