using System.Security.Authentication;

namespace PolicyMTA.Smtp;

/// <summary>
/// Postfix's lists of protocol versions: <c>&gt;=TLSv1.2</c>, <c>&lt;=TLSv1.3</c>, <c>!TLSv1.1</c>, <c>TLSv1.2</c>. Names alone leave out all others.
/// </summary>
public static class TlsProtocolList
{
    private static readonly char[] Separators = [' ', '\t', '\r', '\n', ',', ':'];

#pragma warning disable SYSLIB0039, CA5397 // an opportunistic client without TLS 1.2 would otherwise speak plain text
    // SSL has no bit: OpenSSL 3 as .NET drives it doesn't speak it, so that leaving it out is always right.
    private static readonly (string Name, SslProtocols Bit)[] Known =
    [
        ("SSLv2", SslProtocols.None), ("SSLv3", SslProtocols.None),
        ("TLSv1", SslProtocols.Tls), ("TLSv1.1", SslProtocols.Tls11), ("TLSv1.2", SslProtocols.Tls12), ("TLSv1.3", SslProtocols.Tls13),
    ];

    /// <summary>All that can be spoken.</summary>
    public const SslProtocols AtLeastTls10 = SslProtocols.Tls | SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13;
#pragma warning restore SYSLIB0039, CA5397

    /// <summary>Reads a list; false with the reason when a word is none of its grammar or nothing is left to speak.</summary>
    public static bool TryParse(string text, out SslProtocols protocols, out string error)
    {
        var (low, high) = (0, Known.Length - 1);
        var (only, without) = (SslProtocols.None, SslProtocols.None);
        var names = false;
        (protocols, error) = (SslProtocols.None, "");
        foreach (var word in text.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            var name = word.TrimStart('!', '<', '>', '=');
            var known = Array.FindIndex(Known, k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            var sign = known < 0 ? "?" : word[..^name.Length];
            switch (sign)
            {
                case ">=": low = known; break;
                case "<=": high = known; break;
                case "!": without |= Known[known].Bit; break;
                case "": (names, only) = (true, only | Known[known].Bit); break;
                default:
                    error = $"'{word}' is no protocol such as >=TLSv1.2, <=TLSv1.3, !TLSv1.1 or TLSv1.2";
                    return false;
            }
        }
        for (var i = low; i <= high; i++) protocols |= Known[i].Bit;
        if (names) protocols &= only;
        protocols &= ~without;
        if (protocols == SslProtocols.None) error = $"'{text}' leaves no protocol to speak";
        return protocols != SslProtocols.None;
    }
}
