using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Arc;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// Header sections and the ARC sets in them. The fields are the octets that came, in order; a chain is whole sets from 1 on, with every field of ARC in one of them, or it has a problem and no sets;
/// where its fields stand changes nothing.
/// </summary>
internal sealed class ArcTarget : FuzzTarget
{
    private static readonly string[] Names = [ArcChain.ResultsName, ArcChain.MessageName, ArcChain.SealName];

    public override string Name => "arc";

    public override int MaxOctets => 2000;

    public override IReadOnlyList<string> Words { get; } =
    [
        "ARC-Authentication-Results: i=1; mx.test; none\r\n", "ARC-Message-Signature: i=1; a=rsa-sha256; d=a.test; s=r; h=from; bh=AAAA; b=AAAA\r\n", "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a.test; s=r; b=AAAA\r\n",
        "ARC-Authentication-Results: i=2; mx.test; none\r\n", "ARC-Message-Signature: i=2; a=rsa-sha256; d=a.test; s=r; h=from; bh=AAAA; b=AAAA\r\n", "ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=a.test; s=r; b=AAAA\r\n",
        "arc-seal : ", "i=0", "i=50", "i=51", "i=01", "i= 1", "cv=fail; ", "h=x; ", "From: a@b.test\r\n", "\r\n", "\r\n ", "\r\n\t", "\n", "\r", ":", ";", "x",
    ];

    public override void Check(byte[] input)
    {
        var header = RawHeader.Parse(input);
        CheckHeader(input, header);
        var chain = ArcChain.Read(header);
        var fields = header.Fields.Where(field => Names.Any(field.Is)).ToList();
        Require(chain.Problem is null || chain.Sets.Count == 0, "sets with a problem");
        Require(chain.Problem is not null || fields.Count == 3 * chain.Sets.Count, "a field of ARC is in no set");
        for (var i = 0; i < chain.Sets.Count; i++)
        {
            var set = chain.Sets[i];
            Require(set.Instance == i + 1 && set.Seal.Claim is "none" or "pass" or "fail", "a set is out of order, or claims nothing");
            Require((set.Results.Is(Names[0]), set.Message.Field.Is(Names[1]), set.Seal.Field.Is(Names[2])) == (true, true, true), "a field is in another's place");
            Require(fields.Count(field => field.Bytes.Equals(set.Results.Bytes) || field.Bytes.Equals(set.Message.Field.Bytes) || field.Bytes.Equals(set.Seal.Field.Bytes)) == 3, "a set is not of this message");
            Require(ArcSeal.Hash(chain.Sets.Take(i), set.Results, set.Message.Field, set.Seal.Field).Length == 32, "its hash is none");
        }
        var turned = ArcChain.Read(header with { Fields = [.. header.Fields.Reverse()] });
        Require(turned.Sets.SequenceEqual(chain.Sets, SetComparer) && turned.Problem is null == chain.Problem is null, "the other way round, the chain is another");
    }

    private static readonly IEqualityComparer<ArcSet> SetComparer = EqualityComparer<ArcSet>.Create(
        (one, other) => one!.Instance == other!.Instance && one.Results.Bytes.Equals(other.Results.Bytes) && one.Message.Field.Bytes.Equals(other.Message.Field.Bytes) && one.Seal.Field.Bytes.Equals(other.Seal.Field.Bytes));

    private static void CheckHeader(byte[] input, RawHeader header)
    {
        byte[] octets = [.. header.Fields.SelectMany(field => field.Bytes.ToArray())];
        var section = input.AsSpan(0, header.BodyStart);
        // The line that ends it is of no field; a field that the end of the message cut off is closed.
        var isSame = octets.AsSpan().SequenceEqual(section) || section.EndsWith("\r\n"u8) && octets.AsSpan().SequenceEqual(section[..^2]) || header.BodyStart == input.Length && octets.AsSpan().SequenceEqual((byte[])[.. input, .. "\r\n"u8]);
        Require(isSame, "the fields are other octets");
        Require(header.Fields.All(field => field.Bytes.Span.EndsWith("\r\n"u8) && field.Name.Length > 0 && field.Name.All(c => c is > ' ' and < '\u007f' and not ':')), "a field is none");
    }
}
