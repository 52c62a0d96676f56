using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Smtp;

/// <summary>Addresses and ports as proxies write them: canonical forms only, since <c>IPAddress</c> also reads octal, short and scoped ones.</summary>
internal static class ClientAddressSyntax
{
    internal static bool TryAddress(string text, AddressFamily family, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var literal = family == AddressFamily.InterNetwork ? $"[{text}]" : $"[IPv6:{text}]";
        if (!Ascii.IsValid(text) || !IsCanonical(text, family, literal)) return false;
        return IPAddress.TryParse(text, out address) && address.AddressFamily == family;
    }

    internal static bool TryPort(string text, out int port)
    {
        port = 0;
        if (text.Length is 0 or > 5 || (text.Length > 1 && text[0] == '0')) return false;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
    }

    // "::" for one group is no literal by RFC 5321, yet inet_ntop writes it.
    private static bool IsCanonical(string text, AddressFamily family, string literal) => family == AddressFamily.InterNetwork
        ? AddressLiteral.IsValid(Encoding.ASCII.GetBytes(literal)) && !text.Split('.').Any(part => part.Length > 1 && part[0] == '0')
        : text.Length <= 45 && text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.');
}
