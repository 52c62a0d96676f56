using System.Globalization;
using PolicyMTA.Filters.Dkim.Signing;

namespace PolicyMTA.Filters.Dkim.Arc;

/// <summary>The three fields of a new set, for the top of the header section: seal, signature, results.</summary>
internal sealed record SealedSet(string Seal, string Message, string Results);

/// <summary>Adds a set to a chain (RFC 8617 §5.1): what we found, our signature of the message as it leaves, and our seal over all sets. Pure.</summary>
internal static class ArcSealer
{
    /// <summary>The set; null where none may be added: the chain is broken for good, or too long.</summary>
    /// <param name="fields">The header section, from the top.</param>
    /// <param name="bodyHash">The body's hash in relaxed form.</param>
    /// <param name="found">What the chain was worth when the message came.</param>
    /// <param name="results">What we found, as in Authentication-Results: our name and the results behind it.</param>
    /// <param name="request">Whose set it is.</param>
    /// <param name="names">The fields that are signed, each as often as it is there.</param>
    /// <param name="now">The time of t=.</param>
    internal static SealedSet? Seal(IReadOnlyList<RawField> fields, byte[] bodyHash, ArcResult found, string results, SignatureRequest request, IReadOnlyList<string> names, DateTimeOffset now)
    {
        var sets = found.Chain.Sets;
        // A chain that was found broken before ends there, and one that can't be numbered can't be continued.
        if (found.Chain.Problem is not null || found.Word == "temperror" || sets is [.., { Seal.Claim: "fail" }] || sets.Count == ArcChain.MostSets) return null;
        var (instance, at) = ((sets.Count + 1).ToString(CultureInfo.InvariantCulture), now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        var common = $"a={DkimSignature.NameOf(request.Key.Algorithm)}; b=";
        var aar = RawField.Of(ArcChain.ResultsName, $" i={instance}; {results}");

        var behind = $"; bh={Convert.ToBase64String(bodyHash)}; c=relaxed/relaxed; d={request.Domain}; h={string.Join(':', names)}; i={instance}; s={request.Selector}; t={at}";
        var unsigned = RawField.Of(ArcChain.MessageName, $" {common}AA=={behind}");
        if (!DkimSignature.TryParse(unsigned, out var signature, out var problem, isOfMessage: false)) throw new InvalidOperationException($"a set for {request.Domain} can't be made: {problem}");
        var message = $" {common}{Convert.ToBase64String(request.Key.Sign(DkimVerifier.HashHeader(fields, signature)))}{behind}";

        var claim = sets.Count == 0 ? "none" : found.Word;
        var rest = $"; cv={claim}; d={request.Domain}; i={instance}; s={request.Selector}; t={at}";
        // A broken chain is closed with a seal of this set alone (§5.1.2).
        var hash = ArcSeal.Hash(claim == "fail" ? [] : sets, aar, RawField.Of(ArcChain.MessageName, message), RawField.Of(ArcChain.SealName, $" {common}{rest}"));
        return new SealedSet($" {common}{Convert.ToBase64String(request.Key.Sign(hash))}{rest}", message, $" i={instance}; {results}");
    }
}
