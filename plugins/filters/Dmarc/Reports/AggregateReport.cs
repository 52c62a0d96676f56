using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Xml;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>An aggregate report: rows as XML (RFC 9990 §3.1), compressed. Pure.</summary>
internal static class AggregateReport
{
    private const string Space = "urn:ietf:params:xml:ns:dmarc-2.0";

    /// <summary>The name of its file: receiver, domain, begin, end and id (RFC 9990 §3.5.1).</summary>
    internal static string FileName(ReportHead head, string receiver) =>
        string.Create(CultureInfo.InvariantCulture, $"{receiver}!{head.Policy.Domain}!{head.Begin.ToUnixTimeSeconds()}!{head.End.ToUnixTimeSeconds()}!{head.Id}.xml.gz");

    /// <summary>Writes the report as gzip.</summary>
    internal static void WriteCompressed(Stream target, ReportHead head, IEnumerable<ReportRow> rows)
    {
        using var gzip = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true);
        Write(gzip, head, rows);
    }

    /// <summary>Writes the report's XML. What others wrote into it (names, results) can't break out of its element; characters that XML has no form for become "?".</summary>
    internal static void Write(Stream target, ReportHead head, IEnumerable<ReportRow> rows)
    {
        using var xml = XmlWriter.Create(target, new XmlWriterSettings { Indent = true, Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false) });
        xml.WriteStartElement("feedback", Space);
        xml.WriteStartElement("report_metadata", Space);
        Write(xml, "org_name", head.Organization);
        Write(xml, "email", head.Mail);
        Write(xml, "report_id", head.Id);
        xml.WriteStartElement("date_range", Space);
        Write(xml, "begin", Seconds(head.Begin));
        Write(xml, "end", Seconds(head.End));
        xml.WriteEndElement();
        xml.WriteEndElement();
        WritePolicy(xml, head);
        foreach (var row in rows) WriteRow(xml, row);
        xml.WriteEndElement();
    }

    private static void WritePolicy(XmlWriter xml, ReportHead head)
    {
        var record = head.Policy.Record;
        xml.WriteStartElement("policy_published", Space);
        Write(xml, "domain", head.Policy.Domain);
        Write(xml, "adkim", record.IsDkimStrict ? "s" : "r");
        Write(xml, "aspf", record.IsSpfStrict ? "s" : "r");
        Write(xml, "p", record.Policy.Word());
        Write(xml, "sp", record.SubdomainPolicy.Word());
        Write(xml, "np", record.NonexistentPolicy.Word());
        Write(xml, "t", record.IsTest ? "y" : "n");
        Write(xml, "fo", record.FailureOptions);
        Write(xml, "discovery_method", head.Walks ? "treewalk" : "psl");
        xml.WriteEndElement();
    }

    private static void WriteRow(XmlWriter xml, ReportRow row)
    {
        xml.WriteStartElement("record", Space);
        xml.WriteStartElement("row", Space);
        Write(xml, "source_ip", Full(row.Source));
        Write(xml, "count", row.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteStartElement("policy_evaluated", Space);
        Write(xml, "disposition", row.Disposition.Word());
        Write(xml, "dkim", row.IsDkimAligned ? "pass" : "fail");
        Write(xml, "spf", row.IsSpfAligned ? "pass" : "fail");
        if (row.Override is { } reason) Write(xml, "reason", ("type", reason.Type), ("comment", reason.Comment));
        xml.WriteEndElement();
        xml.WriteEndElement();
        Write(xml, "identifiers", ("envelope_from", row.EnvelopeFrom), ("header_from", row.HeaderFrom));
        xml.WriteStartElement("auth_results", Space);
        foreach (var dkim in row.Dkim) Write(xml, "dkim", ("domain", dkim.Domain), ("selector", dkim.Selector), ("result", dkim.Result));
        Write(xml, "spf", ("domain", row.Spf.Domain), ("scope", row.Spf.Scope), ("result", row.Spf.Result));
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void Write(XmlWriter xml, string name, params ReadOnlySpan<(string Name, string Text)> children)
    {
        xml.WriteStartElement(name, Space);
        foreach (var (child, text) in children) Write(xml, child, text);
        xml.WriteEndElement();
    }

    private static void Write(XmlWriter xml, string name, string text) => xml.WriteElementString(name, Space, string.Concat(text.Select(c => XmlConvert.IsXmlChar(c) ? c : '?')));

    private static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    // The schema knows no "::".
    private static string Full(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return address.ToString();
        var digits = Convert.ToHexStringLower(address.GetAddressBytes());
        return string.Join(':', digits.Chunk(4).Select(group => new string(group)));
    }
}
