using PolicyMTA.Filters.Dmarc;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>Records as people write them.</summary>
public sealed class DmarcRecordTests
{
    [Theory]
    [InlineData("v=DMARC1")]
    [InlineData("v=DMARC1;")]
    [InlineData(" v = DMARC1 ; p=none")]
    public void Version_stands_first(string text) => Assert.NotNull(DmarcRecord.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(";v=DMARC1; p=reject")]
    [InlineData("p=reject; v=DMARC1")]
    [InlineData("v=DMARC2; p=reject")]
    [InlineData("v=DMARC1 p=reject")]
    [InlineData("v=spf1 -all")]
    public void What_has_no_version_is_no_record(string text) => Assert.Null(DmarcRecord.Parse(text));

    [Theory]
    [InlineData("v=DMARC1; p=reject; foo; bar=1; =; ;", true, "reject")]
    [InlineData("v=DMARC1; p=reject; adkim=strict; pct=200; t=maybe", true, "reject")]
    [InlineData("v=DMARC1; p=strict; rua=mailto:a@b.test", true, "none")]
    [InlineData("v=DMARC1; p=strict", false, "none")]
    [InlineData("v=DMARC1; p=strict; rua=ftp://b.test/", false, "none")]
    [InlineData("v=DMARC1; p=reject; np=often", false, "none")]
    [InlineData("v=DMARC1; p=reject; P=none; rua=mailto:a@b.test", false, "none")]
    public void What_is_wrong_in_it_counts_as_not_said(string text, bool isUsable, string policy)
    {
        var record = DmarcRecord.Parse(text)!;
        Assert.Equal((isUsable, policy, false, 100), (record.IsUsable, record.Policy.Word(), record.IsDkimStrict, record.Percent));
    }

    [Theory]
    [InlineData("mailto:a@b.test", 0L)]
    [InlineData("MAILTO:a@b.test!1", 1L)]
    [InlineData("mailto:a@b.test!8388607t", 8388607L << 40)]
    public void Size_of_reports_is_read(string uri, long limit) => Assert.Equal(new ReportAddress("a@b.test", IsMail: true, limit), ReportAddress.Parse(uri));

    [Theory]
    [InlineData("mailto:a@b.test!8388608t")]
    [InlineData("mailto:a@b.test!")]
    [InlineData("mailto:a@b.test!-1")]
    [InlineData("mailto:a@b.test!10x")]
    [InlineData("mailto:a@b.test%0d%0aRCPT")]
    [InlineData("mailto:@b.test")]
    [InlineData("mailto:a")]
    [InlineData("https:")]
    public void What_is_no_address_is_left_out(string uri) => Assert.Null(ReportAddress.Parse(uri));

    [Fact]
    public void Any_text_is_read_without_complaint()
    {
        var random = new Random(9989);
        string[] pieces = ["v", "=", "DMARC1", ";", "p", "sp", "np", "reject", "none", " ", "\t", "rua", "mailto:", "a@b.test", "!", "10", "m", "pct", "psd", "y", "n", "t", "adkim", "s", ",", "%", "%41", "\0", "é", "\ud800", "fo", "0:1", "https://x/"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (random.Next(2) == 0) text = "v=DMARC1;" + text;
            if (DmarcRecord.Parse(text) is not { } record) continue;
            Assert.InRange(record.Percent, 0, 100);
            // Nothing is asked for that the record does not say.
            if (record.Policy != DmarcPolicy.None) Assert.Contains($"={record.Policy.Word()}", text.Replace(" ", "", StringComparison.Ordinal).Replace("\t", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
            Assert.All(record.AggregateAddresses, address => Assert.DoesNotContain(address.Address, char.IsControl));
        }
    }
}
