using System.Security.Cryptography;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Arc;

/// <summary>What a chain is worth.</summary>
/// <param name="Word">none, pass, fail, or temperror where DNS could not say.</param>
/// <param name="Reason">Why it is no pass; null otherwise.</param>
/// <param name="Chain">The sets.</param>
internal sealed record ArcResult(string Word, string? Reason, ArcChain Chain);

/// <summary>Validates the chain of a message (RFC 8617 §5.2): the newest signature must fit the message, and every seal its sets. Not thread-safe.</summary>
internal sealed class ArcVerifier : IDisposable
{
    private readonly RawHeader _header;
    private readonly DkimRules _rules;
    private readonly ArcChain _chain;
    private readonly BodyHash? _body;

    internal ArcVerifier(RawHeader header, DkimRules rules)
    {
        (_header, _rules, _chain) = (header, rules, ArcChain.Read(header));
        if (_chain.Sets is [.., { Message: var newest }] && newest.Algorithm != DkimAlgorithm.RsaSha1) _body = new BodyHash(newest.IsBodyRelaxed, HashAlgorithmName.SHA256, newest.BodyLength);
    }

    /// <summary>False when there is no chain: the body needs no reading.</summary>
    internal bool NeedsBody => _body is not null;

    internal void WriteBody(ReadOnlySpan<byte> bytes) => _body?.Write(bytes);

    internal async ValueTask<ArcResult> FinishAsync(IDnsResolver dns, CancellationToken cancellationToken)
    {
        if (_chain.Problem is { } problem) return Fail(problem);
        if (_chain.Sets is not [.., { } newest]) return new ArcResult("none", null, _chain);
        if (newest.Seal.Claim == "fail") return Fail("the last intermediary found the chain broken");
        for (var i = 0; i < _chain.Sets.Count; i++)
        {
            if (_chain.Sets[i].Seal.Claim != (i == 0 ? "none" : "pass")) return Fail($"set {i + 1} claims what it can't have found");
        }
        if (_body is null) return Fail("rsa-sha1 proves nothing");
        var hash = _body.Finish();
        if (newest.Message.BodyLength > _body.Length || !CryptographicOperations.FixedTimeEquals(hash, newest.Message.BodyHash)) return Fail("body hash did not verify");
        var (message, _) = await DkimVerifier.VerifyAsync(newest.Message, DkimVerifier.HashHeader(_header.Fields, newest.Message), _rules, dns, cancellationToken);
        if (!message.IsPass) return Of(message, $"signature {newest.Instance}");
        for (var i = _chain.Sets.Count - 1; i >= 0; i--)
        {
            var set = _chain.Sets[i];
            if (set.Seal.Signature.Algorithm == DkimAlgorithm.RsaSha1) return Fail("rsa-sha1 proves nothing");
            var covered = ArcSeal.Hash(_chain.Sets.Take(i), set.Results, set.Message.Field, set.Seal.Field);
            var (seal, _) = await DkimVerifier.VerifyAsync(set.Seal.Signature, covered, _rules, dns, cancellationToken);
            if (!seal.IsPass) return Of(seal, $"seal {set.Instance}");
        }
        return new ArcResult("pass", null, _chain);
    }

    public void Dispose() => _body?.Dispose();

    private ArcResult Fail(string reason) => new("fail", reason, _chain);

    private ArcResult Of(DkimResult result, string what) => new(result.Word == "temperror" ? "temperror" : "fail", $"{what}: {result.Reason}", _chain);
}
