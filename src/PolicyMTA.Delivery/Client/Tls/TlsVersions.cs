using System.Security.Authentication;

namespace PolicyMTA.Delivery.Client.Tls;

/// <summary>The versions of TLS in a policy: <c>&gt;=TLSv1.2</c>, <c>TLSv1.2:TLSv1.3</c>, <c>!TLSv1.3</c>.</summary>
internal static class TlsVersions
{
#pragma warning disable SYSLIB0039, CA5397 // an opportunistic server without TLS 1.2 would otherwise get plain text
    private static readonly (string Name, SslProtocols Bit)[] Known =
    [
        ("SSLv2", SslProtocols.None), ("SSLv3", SslProtocols.None),
        ("TLSv1", SslProtocols.Tls), ("TLSv1.1", SslProtocols.Tls11), ("TLSv1.2", SslProtocols.Tls12), ("TLSv1.3", SslProtocols.Tls13),
    ];
#pragma warning restore SYSLIB0039, CA5397

    /// <summary>False when a word is none, or nothing is left to speak.</summary>
    public static bool TryParse(string text, out SslProtocols protocols)
    {
        var (low, high, only, without) = (0, Known.Length - 1, SslProtocols.None, SslProtocols.None);
        var names = false;
        protocols = SslProtocols.None;
        foreach (var word in text.Split([':', ',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            var name = word.TrimStart('!', '<', '>', '=');
            var known = Array.FindIndex(Known, k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            switch (known < 0 ? "?" : word[..^name.Length])
            {
                case ">=": low = known; break;
                case "<=": high = known; break;
                case "!": without |= Known[known].Bit; break;
                case "": (only, names) = (only | Known[known].Bit, true); break;
                default: return false;
            }
        }
        for (var i = low; i <= high; i++) protocols |= Known[i].Bit;
        if (names) protocols &= only;
        protocols &= ~without;
        return protocols != SslProtocols.None;
    }
}
