using System.Buffers;
using System.Security.Cryptography;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim;

/// <summary>
/// Verifies the signatures of one message in one pass: the header section first, then the body piece by piece into one hash for each way it is signed in. Not thread-safe.
/// </summary>
internal sealed class DkimVerifier : IDisposable
{
    private readonly RawHeader _header;
    private readonly DkimRules _rules;
    private readonly TimeProvider _time;
    private readonly List<(DkimSignature? Signature, string Problem)> _signatures = [];
    private readonly List<BodyHash> _hashes = [];

    internal DkimVerifier(RawHeader header, DkimRules rules, TimeProvider time)
    {
        (_header, _rules, _time) = (header, rules, time);
        foreach (var field in header.Fields)
        {
            if (!field.Is("DKIM-Signature") || _signatures.Count == rules.SignatureLimit) continue;
            if (DkimSignature.TryParse(field, out var signature, out var problem)) HashBody(signature);
            _signatures.Add((signature, problem));
        }
    }

    /// <summary>False when nobody signed it: the body needs no reading.</summary>
    internal bool NeedsBody => _hashes.Count > 0;

    internal void WriteBody(ReadOnlySpan<byte> bytes)
    {
        foreach (var hash in _hashes) hash.Write(bytes);
    }

    /// <summary>What each signature is worth, from the top; empty when there is none.</summary>
    internal async ValueTask<List<DkimResult>> FinishAsync(IDnsResolver dns, CancellationToken cancellationToken)
    {
        var bodies = _hashes.ConvertAll(hash => (Hash: hash, Value: hash.Finish()));
        var results = new List<DkimResult>(_signatures.Count);
        foreach (var (signature, problem) in _signatures)
        {
            if (signature is null) results.Add(new DkimResult("permerror", problem, null));
            else
            {
                var (body, value) = bodies.Find(body => IsFor(body.Hash, signature));
                results.Add(await JudgeAsync(signature, body, value, dns, cancellationToken));
            }
        }
        return results;
    }

    public void Dispose()
    {
        foreach (var hash in _hashes) hash.Dispose();
    }

    /// <summary>The hash of the fields a signature names, and of its own (RFC 6376 §3.7).</summary>
    internal static byte[] HashHeader(IReadOnlyList<RawField> fields, DkimSignature signature)
    {
        var text = new ArrayBufferWriter<byte>(2048);
        foreach (var field in Select(fields, signature)) HeaderCanonicalization.Write(field, signature.IsHeaderRelaxed, text);
        HeaderCanonicalization.WriteSignature(signature.Field, signature.IsHeaderRelaxed, text);
        return signature.Algorithm == DkimAlgorithm.RsaSha1 ? Sha1(text.WrittenSpan) : SHA256.HashData(text.WrittenSpan);
    }

    /// <summary>Asks for the keys of a signature and tries them; several records at one name are all tried.</summary>
    internal static async ValueTask<(DkimResult Result, DkimKey? Key)> VerifyAsync(DkimSignature signature, byte[] hash, DkimRules rules, IDnsResolver dns, CancellationToken cancellationToken)
    {
        var answer = await dns.FindTxtAsync($"{signature.Selector}._domainkey.{signature.Domain}", cancellationToken);
        if (answer.IsFailure) return (new DkimResult("temperror", "DNS does not answer for the key", signature), null);
        var worst = new DkimResult("permerror", "key not found in DNS", signature);
        foreach (var record in answer.Records)
        {
            if (!DkimKey.TryParse(record, signature.Algorithm, out var key, out var problem)) worst = Worse(worst, new DkimResult("permerror", problem, signature));
            else if (!key.IsEd25519 && key.Bits < rules.LeastKeyBits) worst = Worse(worst, new DkimResult("permerror", $"a key of {key.Bits} bits proves nothing", signature));
            else if (key.IsStrict && !signature.IdentityDomain.Equals(signature.Domain, StringComparison.OrdinalIgnoreCase)) worst = Worse(worst, new DkimResult("permerror", "the key is not for names below its domain", signature));
            else if (key.Verifies(hash, signature.Signature, NameOf(signature.Algorithm))) return (new DkimResult("pass", null, signature), key);
            else worst = new DkimResult("fail", "signature verification failed", signature);
        }
        return (worst, null);
    }

    // A signature that does not fit a usable key says more than a record that is none.
    private static DkimResult Worse(DkimResult known, DkimResult other) => known.Word == "fail" ? known : other;

    private static HashAlgorithmName NameOf(DkimAlgorithm algorithm) => algorithm == DkimAlgorithm.RsaSha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;

    private void HashBody(DkimSignature signature)
    {
        if (signature.Algorithm == DkimAlgorithm.RsaSha1 && !_rules.BelievesSha1 || _hashes.Exists(hash => IsFor(hash, signature))) return;
        _hashes.Add(new BodyHash(signature.IsBodyRelaxed, NameOf(signature.Algorithm), signature.BodyLength));
    }

    private static bool IsFor(BodyHash hash, DkimSignature signature) => hash.IsRelaxed == signature.IsBodyRelaxed && hash.Limit == signature.BodyLength && hash.Algorithm == NameOf(signature.Algorithm);

    private async ValueTask<DkimResult> JudgeAsync(DkimSignature signature, BodyHash? body, byte[] hash, IDnsResolver dns, CancellationToken cancellationToken)
    {
        if (body is null) return new DkimResult("permerror", "rsa-sha1 proves nothing", signature);
        if (FindTimeProblem(signature) is { } problem) return new DkimResult("fail", problem, signature);
        if (signature.BodyLength > body.Length) return new DkimResult("permerror", "l= is longer than the body", signature);
        if (!CryptographicOperations.FixedTimeEquals(hash, signature.BodyHash)) return new DkimResult("fail", "body hash did not verify", signature);
        var (result, _) = await VerifyAsync(signature, HashHeader(_header.Fields, signature), _rules, dns, cancellationToken);
        if (result.IsPass && !_rules.BelievesPartOfBody && signature.BodyLength < body.Length) return new DkimResult("policy", "the end of the body is not signed", signature);
        return result;
    }

    private string? FindTimeProblem(DkimSignature signature)
    {
        var (now, drift) = (_time.GetUtcNow().ToUnixTimeSeconds(), (long)_rules.ClockDrift.TotalSeconds);
        if (signature.Expires is { } expires && expires < now - drift) return "signature expired";
        return signature.SignedAt is { } at && at > now + drift ? "it was signed in the future" : null;
    }

    // From the bottom up for a name that is there several times; a name that is signed more often than it is there stands for nothing (§5.4.2).
    private static IEnumerable<RawField> Select(IReadOnlyList<RawField> fields, DkimSignature signature)
    {
        var next = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in signature.SignedFields)
        {
            var at = next.TryGetValue(name, out var known) ? known : fields.Count;
            do at--;
            while (at >= 0 && (!fields[at].Is(name) || fields[at].Bytes.Equals(signature.Field.Bytes)));
            next[name] = Math.Max(at, 0);
            if (at < 0) continue;
            yield return fields[at];
        }
    }

    // Of old mail, where a site believes it (see DkimRules).
#pragma warning disable CA5350
    private static byte[] Sha1(ReadOnlySpan<byte> text) => SHA1.HashData(text);
#pragma warning restore CA5350
}
