using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim;

/// <summary>What one signature is worth (RFC 8601 §2.7.1).</summary>
/// <param name="Word">pass, fail, policy, neutral, temperror or permerror.</param>
/// <param name="Reason">Why it is no pass.</param>
/// <param name="Signature">Null when the field could not be read.</param>
internal sealed record DkimResult(string Word, string? Reason, DkimSignature? Signature)
{
    private const int ShownSignature = 8;

    internal bool IsPass => Word == "pass";

    internal static DkimResult None { get; } = new("none", null, null);

    /// <summary>For the Authentication-Results field; <c>header.b</c> tells signatures of one signer apart (RFC 6008).</summary>
    internal AuthenticationResult ToAuthenticationResult() => new("dkim", Word, Reason)
    {
        Properties = Signature is null ? [] :
        [
            new("header.d", Signature.Domain), new("header.i", Signature.Identity), new("header.a", Signature.AlgorithmName), new("header.s", Signature.Selector),
            new("header.b", Signature.Tags.Compact("b") is { } b ? b[..Math.Min(ShownSignature, b.Length)] : ""),
        ],
    };
}
