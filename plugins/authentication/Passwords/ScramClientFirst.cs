using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The client's first message (RFC 5802 §7): <c>gs2-header n=user,r=nonce</c>.</summary>
/// <param name="Header">The GS2 header, which the client repeats in its final message.</param>
/// <param name="Identity">Whom it wants to act for; empty for itself.</param>
/// <param name="User">Who it is.</param>
/// <param name="Nonce">Its part of the nonce.</param>
/// <param name="Bare">The message without the header.</param>
internal sealed record ScramClientFirst(string Header, string Identity, string User, string Nonce, string Bare)
{
    // Enough for any client; the whole message is kept until the conversation ends.
    private const int LongestNonce = 512;

    internal static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ScramClientFirst? message)
    {
        message = null;
        if (!ScramText.TryDecode(bytes, out var text)) return false;
        if (text.Split(',') is not [var binding, var identity, var name, var nonce, ..]) return false;
        // "y": the client would bind to the channel and believes that we can't, which is true. "p=": it does, which we can't.
        if (binding is not ("n" or "y")) return false;
        var actsFor = "";
        if (identity.Length > 0 && !ScramText.TryReadName(identity, "a=", out actsFor)) return false;
        // A mandatory extension "m=" would stand here instead of the name: none is known.
        if (!ScramText.TryReadName(name, "n=", out var user) || user.Length == 0) return false;
        if (!nonce.StartsWith("r=", StringComparison.Ordinal) || !ScramText.IsPrintable(nonce) || nonce.Length is < 3 or > LongestNonce) return false;
        var header = $"{binding},{identity},";
        message = new ScramClientFirst(header, actsFor, user, nonce[2..], text[header.Length..]);
        return true;
    }
}
