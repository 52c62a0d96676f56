using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Dmarc.Reports;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Dmarc.Reports;

/// <summary>Reports with a database in a folder of the test's own, a clock that stands, DNS of its own, and a queue that says what the test wants.</summary>
internal sealed class ReportBench : IMailSubmission, IDisposable
{
    private const string Zones = """
        {
          "_dmarc.good.test": { "TXT": [["v=DMARC1; p=reject; rua=mailto:reports@good.test"]] },
          "_dmarc.other.test": { "TXT": [["v=DMARC1; p=none"]] },
          "_dmarc.slow.test": { "timeout": ["*"] },
          "good.test._report._dmarc.willing.test": { "TXT": [["v=DMARC1"]] },
          "good.test._report._dmarc.elsewhere.test": { "TXT": [["v=DMARC1; rua=mailto:inbox@elsewhere.test!1k"]] },
          "good.test._report._dmarc.stranger.test": { "TXT": [["v=DMARC1; rua=mailto:victim@good.test"]] },
          "good.test._report._dmarc.silly.test": { "TXT": [["yes please"]] },
          "good.test._report._dmarc.silent.test": { "timeout": ["*"] }
        }
        """;

    internal static readonly DateTimeOffset Midnight = DateTimeOffset.UnixEpoch.AddDays(20000);

    internal static readonly DmarcOptions Options = new(ReportDatabase: "reports.sqlite", ReportInterval: 86400, ReportFrom: "dmarc@mx.example.test", ReportOrg: "Example & Sons");

    private readonly TemporaryFolder _folder = new();
    private readonly Meter _meter = new("test");
    private readonly MeterListener _listener = new();

    internal ReportBench()
    {
        _listener.InstrumentPublished = (instrument, listener) => { if (instrument.Meter == _meter) listener.EnableMeasurementEvents(instrument); };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Counted[instrument.Name] = Counted.GetValueOrDefault(instrument.Name) + value);
        _listener.Start();
        Database = _folder.File("reports.sqlite");
    }

    internal string Database { get; set; }
    internal FakeTimeProvider Clock { get; } = new(Midnight.AddHours(1));
    internal ReportSettings Settings { get; init; } = ReportSettings.Of(Options);
    internal Zone Zone { get; } = new(JsonDocument.Parse(Zones).RootElement);
    internal Dictionary<string, long> Counted { get; } = [];
    internal List<ServerMail> Sent { get; } = [];
    /// <summary>What the queue says instead of taking it.</summary>
    internal Func<ServerMail, SubmissionOutcome>? Answer { get; set; }

    public bool IsOpen { get; set; } = true;

    public ValueTask<SubmissionOutcome> SubmitAsync(ServerMail mail, CancellationToken cancellationToken)
    {
        if (Answer?.Invoke(mail) is { } answer) return new(answer);
        Sent.Add(mail);
        return new(new SubmissionOutcome.Queued(new QueueId("q")));
    }

    internal EvaluationRecorder Recorder(int mostPages = ReportDatabase.MostPages) => new(Database, Settings, _meter, Clock, NullLogger.Instance, mostPages);

    internal ReportDestinations Destinations() => new(Zone, suffixes: null, walks: true, Clock);

    internal ReportSender Sender() => new(Database, Settings, Destinations(), this, _meter, Clock, NullLogger.Instance);

    internal ReportStore Store() => new(Database, isDurable: true);

    /// <summary>Writes evaluations as the recorder would.</summary>
    internal void Add(params Evaluation[] evaluations)
    {
        using var store = Store();
        store.Add(evaluations, Settings);
    }

    internal Evaluation Of(string client = "192.0.2.10", string record = "v=DMARC1; p=reject; rua=mailto:reports@good.test", string domain = "good.test") => new(
        Clock.GetUtcNow(), new PublishedPolicy(domain, DmarcRecord.Parse(record)!),
        new ReportRow { Source = IPAddress.Parse(client), Count = 1, HeaderFrom = domain, EnvelopeFrom = "bounce.test", Spf = new SpfEvidence("bounce.test", "mfrom", "fail"), Dkim = [new DkimEvidence(domain, "s", "fail")] });

    internal void UntilTheNextDay() => Clock.SetUtcNow(Midnight.AddDays(1) + ReportSender.Grace);

    /// <summary>The report in a mail.</summary>
    internal static XElement Report(ServerMail mail)
    {
        var content = Encoding.ASCII.GetString(mail.Content.Span);
        var encoded = Regex.Match(content, "filename=\"[^\"]+\"\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--").Groups[1].Value;
        using var reader = new GZipStream(new MemoryStream(Convert.FromBase64String(encoded)), CompressionMode.Decompress);
        return XElement.Load(reader);
    }

    internal static IEnumerable<string> Values(XElement report, string name) => report.Descendants().Where(element => element.Name.LocalName == name).Select(element => element.Value);

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
        _folder.Dispose();
    }
}
