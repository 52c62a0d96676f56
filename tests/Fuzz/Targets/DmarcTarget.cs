using System.Text.RegularExpressions;
using PolicyMTA.Filters.Dmarc;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>Records of DMARC: one begins with its version and nothing else does; what can't be understood asks for nothing; a tag that nobody knows changes nothing; where reports go is an address.</summary>
internal sealed partial class DmarcTarget : FuzzTarget
{
    private const string Unknown = "unknown";

    public override string Name => "dmarc";

    public override IReadOnlyList<string> Words { get; } =
    [
        "v=DMARC1", "v = DMARC1 ", "V=DMARC1", "v=dmarc1", "; ", ";", "p=reject", "p=quarantine", "p=none", "sp=", "np=", "adkim=s", "aspf=r", "psd=y", "t=y", "pct=50", "pct=101", "pct=-1", "fo=1:d:s", "rua=mailto:a@b.test", "ruf=", "!10m",
        "!99999999999999999999g", ",", "mailto:", "%00", "%40", "https://b.test/x", "?subject=x", "rf=afrf", "ri=86400", "=", "\t", "\u00e9", "P=REJECT",
    ];

    public override void Check(byte[] input)
    {
        var text = Octets.Text(input);
        var record = DmarcRecord.Parse(text);
        Require(record is null != Start().IsMatch(text), "the version says otherwise");
        if (record is null) return;
        Require(record.Percent is >= 0 and <= 100, "a share of more than all");
        Require(record.IsUsable || (record.Policy, record.SubdomainPolicy, record.NonexistentPolicy) == (DmarcPolicy.None, DmarcPolicy.None, DmarcPolicy.None), "what asks for nothing asks for something");
        Require(record.Policy == DmarcPolicy.None || Asks().IsMatch(text), "a policy out of nothing");
        foreach (var address in record.AggregateAddresses.Concat(record.FailureAddresses))
        {
            Require(address.Address.Length > 0 && !address.Address.Any(char.IsControl) && address.Limit >= 0, "reports go to no address");
            Require(!address.IsMail || address.Address.LastIndexOf('@') is > 0 and var at && at < address.Address.Length - 1, "reports go to half an address");
        }
        if (!text.Contains(Unknown, StringComparison.OrdinalIgnoreCase)) Require(Same(record, DmarcRecord.Parse($"{text};{Unknown}=1")), "a tag that nobody knows changes it");
    }

    private static bool Same(DmarcRecord one, DmarcRecord? other) => other is not null &&
        (one.IsUsable, one.Policy, one.SubdomainPolicy, one.NonexistentPolicy, one.IsDkimStrict, one.IsSpfStrict) == (other.IsUsable, other.Policy, other.SubdomainPolicy, other.NonexistentPolicy, other.IsDkimStrict, other.IsSpfStrict)
        && (one.Suffix, one.IsTest, one.Percent, one.FailureOptions) == (other.Suffix, other.IsTest, other.Percent, other.FailureOptions)
        && one.AggregateAddresses.SequenceEqual(other.AggregateAddresses) && one.FailureAddresses.SequenceEqual(other.FailureAddresses);

    [GeneratedRegex("""\A[ \t]*[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\z)""")]
    private static partial Regex Start();

    [GeneratedRegex("""(?:reject|quarantine)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Asks();
}
