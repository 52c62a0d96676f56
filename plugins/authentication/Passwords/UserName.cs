using System.Text;

namespace PolicyMTA.Authentication.Passwords;

internal static class UserName
{
    // RFC 4616 §2 allows 255 octets.
    private const int MaximumLength = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a user's name and folds it to lower case, since accounts are keyed so; false for what can't be one.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out string user)
    {
        user = "";
        if (bytes.Length is 0 or > MaximumLength) return false;
        try
        {
            user = Strict.GetString(bytes).ToLowerInvariant();
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        return !user.Any(char.IsControl);
    }
}
