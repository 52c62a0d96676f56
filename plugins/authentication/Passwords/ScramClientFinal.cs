using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The client's final message (RFC 5802 §7): <c>c=binding,r=nonce,p=proof</c>.</summary>
/// <param name="Binding">The GS2 header again.</param>
/// <param name="Nonce">Both parts of the nonce.</param>
/// <param name="Proof">ClientKey XOR ClientSignature.</param>
/// <param name="WithoutProof">The message up to the proof.</param>
internal sealed record ScramClientFinal(byte[] Binding, string Nonce, byte[] Proof, string WithoutProof)
{
    internal static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ScramClientFinal? message)
    {
        message = null;
        if (!ScramText.TryDecode(bytes, out var text)) return false;
        var end = text.LastIndexOf(",p=", StringComparison.Ordinal); // the proof is the last
        if (end < 0 || text[..end].Split(',') is not [['c', '=', .. var binding], ['r', '=', .. var nonce], ..]) return false;
        if (!ScramText.TryDecodeBase64(binding, out var header) || !ScramText.TryDecodeBase64(text[(end + 3)..], out var proof)) return false;
        message = new ScramClientFinal(header, nonce, proof, text[..end]);
        return true;
    }
}
