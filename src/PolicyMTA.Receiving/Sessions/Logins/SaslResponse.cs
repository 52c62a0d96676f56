using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Receiving.Sessions.Logins;

/// <summary>What a client sends in a SASL conversation: base64 of its standard alphabet, padded, nothing in between (RFC 4954 §4).</summary>
internal static class SaslResponse
{
    // RFC 4954 §4: an initial response of no bytes; only there.
    private const string Empty = "=";

    internal static bool TryDecodeInitial(string text, out byte[] response)
    {
        response = [];
        return text == Empty || TryDecode(text, out response);
    }

    internal static bool TryDecode(string text, out byte[] response)
    {
        response = [];
        // The decoder skips white space, which has no place here.
        if (text.AsSpan().ContainsAny(" \t\r\n") || !Ascii.IsValid(text)) return false;
        var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            if (!Convert.TryFromBase64String(text, buffer, out var length)) return false;
            response = buffer[..length];
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
