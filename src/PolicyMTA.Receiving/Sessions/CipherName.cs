using System.Net.Security;
using System.Text.RegularExpressions;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>Cipher suites as OpenSSL and Postfix's log call them; TLS 1.3's keep their IANA names there too.</summary>
internal static partial class CipherName
{
    /// <summary><c>ECDHE-RSA-AES256-GCM-SHA384</c> for <c>TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384</c>.</summary>
    internal static string Of(TlsCipherSuite suite)
    {
        var name = suite.ToString();
        var with = name.IndexOf("_WITH_", StringComparison.Ordinal);
        if (with < 0) return name;
        var exchange = name["TLS_".Length..with].Replace('_', '-') + "-";
        if (exchange == "RSA-") exchange = "";
        var cipher = name[(with + "_WITH_".Length)..];
        if (cipher.StartsWith("CHACHA20", StringComparison.Ordinal)) return exchange + "CHACHA20-POLY1305";
        cipher = cipher.Replace("_CBC_", "_", StringComparison.Ordinal).Replace("CCM_8", "CCM8", StringComparison.Ordinal);
        return exchange + KeySize().Replace(cipher, "$1$2").Replace('_', '-');
    }

    /// <summary>The strength of its key in bits.</summary>
    internal static int Bits(TlsCipherSuite suite) => suite.ToString() switch
    {
        var name when name.Contains("_256_", StringComparison.Ordinal) || name.Contains("CHACHA20", StringComparison.Ordinal) => 256,
        var name when name.Contains("3DES", StringComparison.Ordinal) => 168,
        _ => 128,
    };

    [GeneratedRegex("^(AES|CAMELLIA|ARIA)_(128|256)")]
    private static partial Regex KeySize();
}
