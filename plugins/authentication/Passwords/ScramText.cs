using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The parts that SCRAM messages are made of (RFC 5802 §7).</summary>
internal static class ScramText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        return !text.Contains('\0', StringComparison.Ordinal);
    }

    /// <summary>Reads a name, in which <c>=2C</c> stands for a comma and <c>=3D</c> for an equals sign, and prepares it.</summary>
    internal static bool TryReadName(string attribute, string key, out string name)
    {
        name = "";
        if (!attribute.StartsWith(key, StringComparison.Ordinal)) return false;
        var text = new StringBuilder();
        for (var i = key.Length; i < attribute.Length; i++)
        {
            if (attribute[i] != '=') text.Append(attribute[i]);
            else if (attribute.AsSpan(i).StartsWith("=2C", StringComparison.Ordinal)) (_, i) = (text.Append(','), i + 2);
            else if (attribute.AsSpan(i).StartsWith("=3D", StringComparison.Ordinal)) (_, i) = (text.Append('='), i + 2);
            else return false;
        }
        return SaslPrep.Prepare(Encoding.UTF8.GetBytes(text.ToString())) is { } prepared && UserName.TryRead(prepared, out name);
    }

    /// <summary>Base64 with its padding and nothing else.</summary>
    internal static bool TryDecodeBase64(string text, out byte[] bytes)
    {
        var buffer = new byte[text.Length];
        var isValid = !text.Any(char.IsWhiteSpace) & Convert.TryFromBase64String(text, buffer, out var length);
        bytes = buffer[..length];
        return isValid;
    }

    internal static bool IsPrintable(string text) => text.All(c => c is > ' ' and <= '~' and not ',');
}
