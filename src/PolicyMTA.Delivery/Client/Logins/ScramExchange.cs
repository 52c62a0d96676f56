using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>SCRAM (RFC 5802, RFC 7677): proves the password without telling it, and has the server prove that it knows it too. No channel binding.</summary>
internal sealed class ScramExchange : SaslExchange
{
    private const string Header = "n,,";
    // RFC 7677 §4 asks servers for 4096 at least: fewer make a stolen proof cheap to try passwords against. More than a million is there to keep us busy.
    private const int FewestIterations = 4096;
    private const int MostIterations = 1_000_000;
    private const int NonceSize = 18;

    private readonly HashAlgorithmName _hash;
    private readonly int _size;
    private readonly Login _login;
    private readonly string _nonce;
    private readonly string _firstBare;
    private byte[]? _serverSignature;

    private ScramExchange(Login login, HashAlgorithmName hash, int size, string? nonce)
    {
        (_login, _hash, _size) = (login, hash, size);
        _nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceSize));
        _firstBare = $"n={login.User.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={_nonce}";
    }

    public override bool IsProven => _isProven;
    private bool _isProven;

    public static ScramExchange Sha256(Login login, string? nonce = null) => new(login, HashAlgorithmName.SHA256, 32, nonce);

    public static ScramExchange Sha1(Login login, string? nonce = null) => new(login, HashAlgorithmName.SHA1, 20, nonce);

    public override byte[] Start() => Encoding.UTF8.GetBytes(Header + _firstBare);

    public override byte[]? Answer(ReadOnlySpan<byte> challenge)
    {
        var text = Encoding.UTF8.GetString(challenge);
        return _serverSignature is null ? Prove(text) : Check(text);
    }

    private byte[]? Prove(string first)
    {
        if (first.Split(',') is not [['r', '=', .. var nonce], ['s', '=', .. var saltText], ['i', '=', .. var count], ..]) return null;
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length) return null;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < FewestIterations or > MostIterations) return null;
        if (!TryDecode(saltText, out var salt)) return null;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(_login.Password.Normalize(NormalizationForm.FormKC)), salt, iterations, _hash, _size);
        var final = $"c={Convert.ToBase64String(Encoding.UTF8.GetBytes(Header))},r={nonce}";
        var authMessage = Encoding.UTF8.GetBytes($"{_firstBare},{first},{final}");
        var clientKey = CryptographicOperations.HmacData(_hash, salted, "Client Key"u8);
        var proof = CryptographicOperations.HmacData(_hash, CryptographicOperations.HashData(_hash, clientKey), authMessage);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        _serverSignature = CryptographicOperations.HmacData(_hash, CryptographicOperations.HmacData(_hash, salted, "Server Key"u8), authMessage);
        return Encoding.UTF8.GetBytes($"{final},p={Convert.ToBase64String(proof)}");
    }

    private byte[]? Check(string final)
    {
        if (_isProven || !final.StartsWith("v=", StringComparison.Ordinal) || !TryDecode(final[2..].Split(',')[0], out var signature)) return null;
        _isProven = CryptographicOperations.FixedTimeEquals(signature, _serverSignature);
        return _isProven ? [] : null;
    }

    private static bool TryDecode(string base64, out byte[] bytes)
    {
        bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || length == 0) return false;
        Array.Resize(ref bytes, length);
        return true;
    }
}
