using System.IO.Compression;
using System.Net;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Dmarc.Reports;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>Reports as their readers want them.</summary>
public sealed class AggregateReportTests
{
    private static readonly XNamespace Space = "urn:ietf:params:xml:ns:dmarc-2.0";

    private static readonly ReportHead Head = new()
    {
        Organization = "Example & Sons", Mail = "postmaster@example.test", Id = "1.abc", Begin = DateTimeOffset.UnixEpoch.AddDays(20000), End = DateTimeOffset.UnixEpoch.AddDays(20001),
        Policy = new PublishedPolicy("good.test", DmarcRecord.Parse("v=DMARC1; p=reject; sp=quarantine; adkim=s; t=y; fo=1:d")!),
    };

    private static readonly ReportRow Row = new()
    {
        Source = IPAddress.Parse("192.0.2.10"), Count = 7, HeaderFrom = "good.test", EnvelopeFrom = "bounce.test", Disposition = DmarcPolicy.Quarantine, IsSpfAligned = true,
        Spf = new SpfEvidence("bounce.test", "mfrom", "pass"), Dkim = [new DkimEvidence("good.test", "s1", "fail"), new DkimEvidence("other.test", "s2", "pass")],
        Override = new ReportOverride("policy_test_mode", "t=y"),
    };

    [Fact]
    public void Report_says_who_what_and_when()
    {
        var report = Read(Write([Row]));
        Assert.Equal(["Example & Sons", "postmaster@example.test", "1.abc", "17280000001728086400"], report.Element(Space + "report_metadata")!.Elements().Select(element => element.Value));
        Assert.Equal(["good.test", "s", "r", "reject", "quarantine", "quarantine", "y", "1:d", "treewalk"], report.Element(Space + "policy_published")!.Elements().Select(element => element.Value));
        Assert.Equal(["192.0.2.10", "7", "quarantine", "fail", "pass", "policy_test_mode", "t=y"], Leaves(report, "row"));
        Assert.Equal(["bounce.test", "good.test"], Leaves(report, "identifiers"));
        Assert.Equal(["good.test", "s1", "fail", "other.test", "s2", "pass", "bounce.test", "mfrom", "pass"], Leaves(report, "auth_results"));
        Assert.Equal("mx.test!good.test!1728000000!1728086400!1.abc.xml.gz", AggregateReport.FileName(Head, "mx.test"));
    }

    [Fact]
    public void Compressed_report_is_the_same_report()
    {
        using var gzip = new MemoryStream();
        AggregateReport.WriteCompressed(gzip, Head, [Row]);
        gzip.Position = 0;
        using var plain = new MemoryStream();
        using (var reader = new GZipStream(gzip, CompressionMode.Decompress)) reader.CopyTo(plain);
        Assert.Equal(Write([Row]), plain.ToArray());
    }

    [Fact]
    public void What_strangers_wrote_stays_text()
    {
        const string Evil = "</domain><x>]]>&\u0001\ud800";
        var report = Read(Write([Row with { Dkim = [new DkimEvidence(Evil, "s", "fail")] }]));
        Assert.Equal("</domain><x>]]>&??", report.Descendants(Space + "dkim").Last().Element(Space + "domain")!.Value);
    }

    [Fact]
    [Trait("Category", "Suites")]
    public void Report_satisfies_the_schema()
    {
        var file = Suites.FindFile("dmarc/reports/rua-schema.xsd");
        Assert.SkipWhen(file is null, "the published suites are not here (POLICYMTA_SUITES)");
        // As printed the schema names its types in no namespace, so no reader can load it: they are of its own.
        var text = File.ReadAllText(file!).Replace("targetNamespace=", $"xmlns=\"{Space}\" elementFormDefault=\"qualified\" targetNamespace=", StringComparison.Ordinal);
        var schemas = new XmlSchemaSet();
        schemas.Add(XmlSchema.Read(XmlReader.Create(new StringReader(text)), null)!);
        var six = Row with { Source = IPAddress.Parse("2001:db8::1"), Override = null, Dkim = [] };
        var problems = new List<string>();
        new XDocument(Read(Write([Row, six]))).Validate(schemas, (_, problem) => problems.Add(problem.Message));
        Assert.Empty(problems);
        new XDocument(Read(Write([]))).Validate(schemas, (_, problem) => problems.Add(problem.Message));
        Assert.Single(problems);
    }

    private static IEnumerable<string> Leaves(XElement report, string name) => report.Descendants(Space + name).Single().Descendants().Where(element => !element.HasElements).Select(element => element.Value);

    private static byte[] Write(IEnumerable<ReportRow> rows)
    {
        using var stream = new MemoryStream();
        AggregateReport.Write(stream, Head, rows);
        return stream.ToArray();
    }

    private static XElement Read(byte[] report) => XElement.Load(new MemoryStream(report));
}
