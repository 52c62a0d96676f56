using System.Text.RegularExpressions;
using PolicyMTA.Filters.Dkim;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// Tag lists of DKIM, and what is read from them. A list is exactly what RFC 6376 §3.2, here as a regular expression, says, with no name twice; a signature that is read covers From and speaks for
/// its own domain; a key is of the kind that was asked for.
/// </summary>
internal sealed partial class DkimTarget : FuzzTarget
{
    private const int MostParts = 65;

    private static readonly RawField[] Header = [RawField.Of("From", " a@example.test"), RawField.Of("To", " b@example.test"), RawField.Of("From", " c@example.test")];

    public override string Name => "dkim";

    public override int MaxOctets => 800;

    public override IReadOnlyList<string> Words { get; } =
    [
        "v=1; ", "a=rsa-sha256; ", "a=ed25519-sha256; ", "a=rsa-sha1; ", "c=relaxed/simple; ", "c=relaxed; ", "d=example.test; ", "s=r1; ", "h=From:To:From; ", "bh=AAAA; ", "b=AA\r\n AA; ", "t=1; ", "x=2; ", "l=3; ",
        "i=@a.example.test; ", "q=dns/txt; ", "v=DKIM1; ", "k=ed25519; ", "k=rsa; ", "p=", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "t=s:y; ", "s=email:*; ", "h=sha256; ", "n=note", ";", "=", ":", " ", "\r\n\t", "_", "99999999999999999999", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
    ];

    public override void Check(byte[] input)
    {
        var text = Octets.Text(input);
        var isList = TagList.TryParse(text, out var list);
        var names = List().Match(text) is { Success: true } match ? match.Groups["name"].Captures.Select(name => name.Value).ToList() : null;
        Require(isList == (names is not null && names.Distinct(StringComparer.Ordinal).Count() == names.Count && text.Split(';').Length <= MostParts), "a list, and RFC 6376 says otherwise");
        if (isList) Require(list!.Names.SequenceEqual(names!), "the names are others");
        CheckSignature(text, isOfMessage: true);
        CheckSignature(text, isOfMessage: false);
        foreach (var algorithm in Enum.GetValues<DkimAlgorithm>()) CheckKey(text, algorithm);
    }

    private static void CheckSignature(string text, bool isOfMessage)
    {
        var isRead = DkimSignature.TryParse(RawField.Of("DKIM-Signature", text), out var signature, out var problem, isOfMessage);
        Require(isRead == (problem.Length == 0), "what is refused has no reason, or the other way round");
        if (!isRead) return;
        Require(!isOfMessage || signature!.SignedFields.Contains("from", StringComparer.OrdinalIgnoreCase), "From is not signed");
        Require($".{signature!.IdentityDomain}".EndsWith($".{signature.Domain}", StringComparison.OrdinalIgnoreCase), "it speaks for another domain");
        Require(signature.Signature.Length > 0 && signature.BodyHash.Length > 0, "there is nothing to check");
        Require(!(signature.Expires <= signature.SignedAt) && signature.BodyLength is null or >= 0, "its numbers contradict");
        Require(DkimVerifier.HashHeader(Header, signature).Length == (signature.Algorithm == DkimAlgorithm.RsaSha1 ? 20 : 32), "its hash is none");
    }

    private static void CheckKey(string text, DkimAlgorithm algorithm)
    {
        if (!DkimKey.TryParse(text, algorithm, out var key, out var problem))
        {
            Require(problem.Length > 0, "what is refused has no reason");
            return;
        }
        Require(key.IsEd25519 == (algorithm == DkimAlgorithm.Ed25519Sha256) && key.Bits > 0 && key.Bytes.Length > 0, "a key is of another kind");
        Require(!key.IsEd25519 || key.Bytes.Length == 32, "an Ed25519 key has another length");
    }

    [GeneratedRegex("""\A[ \t\r\n]*(?<name>[a-zA-Z][a-zA-Z0-9_]*)[ \t\r\n]*=[^;]*(?:;[ \t\r\n]*(?<name>[a-zA-Z][a-zA-Z0-9_]*)[ \t\r\n]*=[^;]*)*(?:;[ \t\r\n]*)?\z""")]
    private static partial Regex List();
}
