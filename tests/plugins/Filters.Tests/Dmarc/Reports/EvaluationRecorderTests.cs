using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Dmarc.Reports;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc.Reports;

/// <summary>What of a message is kept, and that no session waits for it.</summary>
public sealed class EvaluationRecorderTests : IDisposable
{
    private readonly ReportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(EvaluationRecorder.Capacity, 0)]
    [InlineData(EvaluationRecorder.Capacity + 1, 1)]
    public void What_is_too_much_is_dropped_and_counted(int count, long dropped)
    {
        var recorder = _bench.Recorder();
        for (var i = 0; i < count; i++) recorder.Record(_bench.Of());
        Assert.Equal(dropped, Dropped);
    }

    [Fact]
    public async Task What_waits_at_the_end_is_written()
    {
        var recorder = _bench.Recorder();
        for (var i = 0; i < 2500; i++) recorder.Record(_bench.Of());
        await RunToEndAsync(recorder);
        Assert.Equal((2500, 0), (Assert.Single(Rows()).Count, Dropped));
        recorder.Record(_bench.Of());
        Assert.Equal(1, Dropped);
    }

    [Fact]
    public async Task What_can_not_be_written_is_counted_and_the_next_is_tried()
    {
        var recorder = _bench.Recorder();
        Directory.CreateDirectory(_bench.Database);
        recorder.Record(_bench.Of());
        using var stop = new CancellationTokenSource();
        var running = recorder.RunAsync(stop.Token);
        Assert.Equal(1, Dropped);
        Directory.Delete(_bench.Database);
        recorder.Record(_bench.Of());
        await stop.CancelAsync();
        await running;
        Assert.Equal((1, 1), (Assert.Single(Rows()).Count, Dropped));
    }

    [Fact]
    public async Task Database_that_is_full_drops_what_comes_until_something_is_forgotten()
    {
        const int Pages = 64;
        var first = _bench.Recorder(Pages);
        for (var i = 0; i < 100; i++) first.Record(_bench.Of($"10.0.0.{i}"));
        await RunToEndAsync(first);
        var full = _bench.Recorder(Pages);
        for (var i = 0; i < 5000; i++) full.Record(_bench.Of($"10.1.{i / 250}.{i % 250}"));
        await RunToEndAsync(full);
        var (kept, dropped) = (_bench.Counted["policymta_dmarc_evaluations_total"], Dropped);
        Assert.True(kept >= 100 && dropped > 0 && kept + dropped == 5100, $"{kept} kept, {dropped} dropped");
        // Reports can be taken and sent all the same.
        using (var store = _bench.Store()) Assert.True(store.Claim(_bench.Settings.PeriodOf("good.test", _bench.Clock.GetUtcNow()), "a@good.test"));
        _bench.Clock.Advance(TimeSpan.FromDays(30));
        var later = _bench.Recorder(Pages);
        later.Record(_bench.Of());
        await RunToEndAsync(later);
        Assert.Equal((kept + 1, dropped, 1), (_bench.Counted["policymta_dmarc_evaluations_total"], Dropped, Assert.Single(Rows()).Count));
    }

    [Theory]
    [InlineData(4096, 0)]
    [InlineData(4097, 1)]
    public void Giant_record_is_not_kept(int length, long dropped)
    {
        const string Start = "v=DMARC1; p=none; x=";
        _bench.Recorder().Record(_bench.Of(record: Start + new string('x', length - Start.Length)));
        Assert.Equal(dropped, Dropped);
    }

    [Theory]
    [InlineData("none", false, "", "fail", "none", "local_policy")]
    [InlineData("none", true, "", "fail", "reject", null)]
    [InlineData("none", true, "192.0.2.0/24", "fail", "none", "trusted_forwarder")]
    [InlineData("none", true, "", "pass", "none", null)]
    public async Task Row_tells_what_was_done_and_why_not_more(string quarantine, bool rejects, string trusted, string spf, string disposition, string? reason)
    {
        var options = new DmarcOptions(RejectFailures: rejects, Quarantine: quarantine) { TrustedForwarders = trusted.Length > 0 ? [trusted] : [] };
        await MilterAsync(options, spf);
        var row = Assert.Single(Rows());
        Assert.Equal((disposition, reason, spf == "pass", false), (row.Disposition.ToString().ToLowerInvariant(), row.Override?.Type, row.IsSpfAligned, row.IsDkimAligned));
        Assert.Equal(("192.0.2.10", "good.test", "good.test", new SpfEvidence("good.test", "mfrom", spf)), (row.Source.ToString(), row.HeaderFrom, row.EnvelopeFrom, row.Spf));
        Assert.Equal([new DkimEvidence("other.test", "sel", "pass")], row.Dkim);
    }

    [Fact]
    public async Task Null_sender_is_told_by_its_helo()
    {
        await MilterAsync(new DmarcOptions(), "pass", sender: "");
        Assert.Equal(("", new SpfEvidence("mail.good.test", "helo", "none")), (Rows().Single().EnvelopeFrom, Rows().Single().Spf));
    }

    [Theory]
    [InlineData("pass", 0)]
    [InlineData("fail", 1)]
    public async Task Report_that_is_proved_to_be_one_is_not_reported_on(string spf, int rows)
    {
        await MilterAsync(new DmarcOptions(), spf, subject: "Report Domain: example.test\r\n Submitter: good.test\r\n Report-ID: <1@good.test>");
        Assert.Equal(rows, Rows().Count);
    }

    [Theory]
    [InlineData("joe@nothing.test")]
    [InlineData("joe@slow.test")]
    public async Task Mail_without_a_policy_or_a_result_is_not_told(string from)
    {
        await MilterAsync(new DmarcOptions(), "fail", from: from);
        Assert.False(File.Exists(_bench.Database));
    }

    [Fact]
    public async Task Texts_of_strangers_are_cut()
    {
        await MilterAsync(new DmarcOptions(), "fail", sender: "joe@" + new string('x', 300));
        Assert.Equal(255, Assert.Single(Rows()).EnvelopeFrom.Length);
    }

    private long Dropped => _bench.Counted.GetValueOrDefault("policymta_dmarc_evaluations_dropped_total");

    private List<ReportRow> Rows()
    {
        if (!File.Exists(_bench.Database)) return [];
        using var store = _bench.Store();
        return [.. store.ReadRows(_bench.Settings.PeriodOf("good.test", _bench.Clock.GetUtcNow()))];
    }

    private static async Task RunToEndAsync(EvaluationRecorder recorder)
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await recorder.RunAsync(stop.Token);
    }

    private async Task MilterAsync(DmarcOptions options, string spf, string sender = "joe@good.test", string from = "joe@good.test", string subject = "hi")
    {
        var results = new AuthenticationResults();
        if (sender.Length > 0) results.Add(new AuthenticationResult("spf", spf) { Properties = [new("smtp.mailfrom", sender)] });
        results.Add(new AuthenticationResult("dkim", "pass") { Properties = [new("header.d", "other.test"), new("header.s", "sel")] });
        var recorder = _bench.Recorder();
        await using var milter = new DmarcMilter("dmarc", new MessageCheck(options, suffixes: null, _bench.Zone, _bench.Clock), options, recorder);
        var context = FakeSession.EndOfData(new FakeMessage($"From: {from}\r\nSubject: {subject}\r\n\r\nbody\r\n"), sender, results: results);
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        await session.EndOfMessageAsync(context, null!, CancellationToken.None);
        await RunToEndAsync(recorder);
    }
}
