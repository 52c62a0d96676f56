using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace PolicyMTA.Filters.Dkim.Arc;

/// <summary>An ARC-Seal field (RFC 8617 §4.1.3). An immutable value.</summary>
/// <param name="Field">As it stands in the message.</param>
/// <param name="Claim">What the sealer found of the chain before it: <c>none</c>, <c>pass</c> or <c>fail</c>.</param>
/// <param name="Signature">Its signature as one of a message: the key is asked for and tried in the same way.</param>
internal sealed record ArcSeal(RawField Field, string Claim, DkimSignature Signature)
{
    internal static bool TryParse(RawField field, TagList tags, [NotNullWhen(true)] out ArcSeal? seal)
    {
        seal = null;
        // A seal covers its sets and nothing else.
        if (tags["h"] is not null || tags["bh"] is not null || tags["cv"] is not ("none" or "pass" or "fail")) return false;
        if (!DkimSignature.TryParseSeal(field, tags, out var signature)) return false;
        seal = new ArcSeal(field, tags["cv"]!, signature);
        return true;
    }

    /// <summary>The hash of all sets up to this one, in order, this seal last and without its signature (§5.1.1).</summary>
    internal static byte[] Hash(IEnumerable<ArcSet> before, RawField results, RawField message, RawField seal)
    {
        var text = new ArrayBufferWriter<byte>(4096);
        foreach (var set in before)
        {
            foreach (var field in (ReadOnlySpan<RawField>)[set.Results, set.Message.Field, set.Seal.Field]) HeaderCanonicalization.Write(field, isRelaxed: true, text);
        }
        HeaderCanonicalization.Write(results, isRelaxed: true, text);
        HeaderCanonicalization.Write(message, isRelaxed: true, text);
        HeaderCanonicalization.WriteSignature(seal, isRelaxed: true, text);
        return SHA256.HashData(text.WrittenSpan);
    }
}

/// <summary>What one intermediary added: the results it found, its signature of the message, and its seal.</summary>
internal sealed record ArcSet(int Instance, RawField Results, DkimSignature Message, ArcSeal Seal);
