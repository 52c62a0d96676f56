using System.Text;
using PolicyMTA.Filters.Dmarc.Reports;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc.Reports;

/// <summary>Who gets a report, when, and how often.</summary>
public sealed class ReportSenderTests : IDisposable
{
    private readonly ReportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Report_of_a_day_tells_what_came_and_how_often()
    {
        _bench.Add(_bench.Of(), _bench.Of("2001:db8::1"), _bench.Of());
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        await SendAsync();
        var mail = Assert.Single(_bench.Sent);
        Assert.Equal((Address.Null, "reports@good.test"), (mail.Sender, Assert.Single(mail.Recipients).ToString()));
        var report = ReportBench.Report(mail);
        Assert.Equal(["3", "1"], ReportBench.Values(report, "count"));
        Assert.Equal(["192.0.2.10", "2001:0db8:0000:0000:0000:0000:0000:0001"], ReportBench.Values(report, "source_ip"));
        Assert.Equal(["Example & Sons", "dmarc@mx.example.test", "1728000000", "1728086400"], ["org_name", "email", "begin", "end"], (expected, name) => expected == ReportBench.Values(report, name).Single());
        Assert.Equal(1, _bench.Counted["policymta_dmarc_reports_total"]);
    }

    [Fact]
    public async Task Mail_has_the_names_of_the_standard_and_is_not_to_be_answered()
    {
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        await SendAsync();
        var content = Encoding.ASCII.GetString(_bench.Sent[0].Content.Span);
        var id = ReportBench.Values(ReportBench.Report(_bench.Sent[0]), "report_id").Single();
        Assert.StartsWith($"From: dmarc@mx.example.test\r\nTo: reports@good.test\r\nSubject: Report Domain: good.test\r\n Submitter: mx.example.test\r\n Report-ID: <{id}>\r\nAuto-Submitted: auto-generated\r\n", content, StringComparison.Ordinal);
        Assert.Contains($"Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n filename=\"mx.example.test!good.test!1728000000!1728086400!{id}.xml.gz\"\r\n", content, StringComparison.Ordinal);
        Assert.True(Evaluation.IsReport(new FakeMessage(content)), "our own reports are known as such");
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    public async Task Report_waits_for_the_end_of_its_period(int seconds, int count)
    {
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        _bench.Clock.AdjustTime(_bench.Clock.GetUtcNow().AddSeconds(seconds));
        await SendAsync();
        Assert.Equal(count, _bench.Sent.Count);
    }

    [Fact]
    public async Task Nobody_gets_a_report_twice()
    {
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        await Task.WhenAll(Task.Run(SendAsync), Task.Run(SendAsync));
        await SendAsync();
        Assert.Single(_bench.Sent);
        _bench.Add(_bench.Of());
        _bench.Clock.Advance(TimeSpan.FromDays(1));
        await SendAsync();
        Assert.Equal(2, _bench.Sent.Count);
    }

    [Fact]
    public async Task Report_that_was_taken_when_the_server_was_killed_is_not_sent_again()
    {
        _bench.Add(_bench.Of(record: "v=DMARC1; p=none; rua=mailto:a@good.test,mailto:b@good.test"));
        using (var store = _bench.Store()) Assert.True(store.Claim(_bench.Settings.PeriodOf("good.test", _bench.Clock.GetUtcNow()), "a@good.test"));
        _bench.UntilTheNextDay();
        await SendAsync();
        Assert.Equal(["b@good.test"], Recipients());
    }

    [Fact]
    public async Task What_the_queue_does_not_take_now_is_tried_again()
    {
        _bench.Add(_bench.Of(record: "v=DMARC1; p=none; rua=mailto:a@good.test,mailto:b@good.test"));
        _bench.UntilTheNextDay();
        _bench.Answer = mail => mail.Recipients[0].Local == "a" ? new SubmissionOutcome.Deferred("disk full") : null!;
        await SendAsync();
        Assert.Equal(["b@good.test"], Recipients());
        _bench.Answer = null;
        await SendAsync();
        await SendAsync();
        Assert.Equal(["b@good.test", "a@good.test"], Recipients());
    }

    [Fact]
    public async Task What_is_refused_is_given_up()
    {
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        _bench.Answer = _ => new SubmissionOutcome.Refused("no");
        await SendAsync();
        _bench.Answer = null;
        await SendAsync();
        Assert.Empty(_bench.Sent);
    }

    [Fact]
    public async Task What_may_be_in_the_queue_is_not_sent_again()
    {
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        _bench.Answer = _ => throw new IOException("the commit's fate is unknown");
        await Assert.ThrowsAsync<IOException>(SendAsync);
        _bench.Answer = null;
        await SendAsync();
        Assert.Empty(_bench.Sent);
    }

    [Fact]
    public async Task Mail_above_the_size_that_its_receiver_takes_is_not_sent()
    {
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        await SendAsync();
        var size = _bench.Sent[0].Content.Length;
        // The same report a day later to two more: one takes just its size. Both addresses are as long as the first.
        _bench.Add(_bench.Of(record: $"v=DMARC1; p=reject; rua=mailto:rep_rt1@good.test!{size + 40},mailto:rep_rt2@good.test!{size - 40}"));
        _bench.Clock.Advance(TimeSpan.FromDays(1));
        await SendAsync();
        Assert.Equal(["reports@good.test", "rep_rt1@good.test"], Recipients());
    }

    [Fact]
    public async Task Policy_that_changed_is_told_as_it_was_last()
    {
        _bench.Add(_bench.Of());
        _bench.Clock.Advance(TimeSpan.FromHours(1));
        _bench.Add(_bench.Of(record: "v=DMARC1; p=quarantine; rua=mailto:new@good.test"));
        _bench.UntilTheNextDay();
        await SendAsync();
        var report = ReportBench.Report(Assert.Single(_bench.Sent));
        Assert.Equal(["new@good.test", "quarantine", "2"], [.. Recipients(), ReportBench.Values(report, "p").Single(), ReportBench.Values(report, "count").Single()]);
    }

    [Theory]
    [InlineData(23, 0)]
    [InlineData(24, 1)]
    public async Task Dns_that_does_not_answer_holds_a_report_up_for_a_day_and_no_other(int hours, int finished)
    {
        _bench.Add(_bench.Of(record: "v=DMARC1; p=none; rua=mailto:x@silent.test"), _bench.Of(domain: "z.test", record: "v=DMARC1; p=none; rua=mailto:z@z.test"));
        _bench.UntilTheNextDay();
        await SendAsync();
        Assert.Equal(["z@z.test"], Recipients());
        _bench.Clock.SetUtcNow(ReportBench.Midnight.AddDays(1).AddHours(hours));
        await SendAsync();
        using var store = _bench.Store();
        Assert.Equal(1 - finished, store.FindDue(_bench.Clock.GetUtcNow(), null, 10).Count);
    }

    [Fact]
    public async Task Many_that_wait_do_not_hold_up_the_rest()
    {
        _bench.Add([.. Enumerable.Range(0, 250).Select(i => _bench.Of(domain: $"d{i:000}.test", record: "v=DMARC1; p=none; rua=mailto:x@_dns_error.silent.test"))]);
        _bench.Add(_bench.Of(domain: "z.test", record: "v=DMARC1; p=none; rua=mailto:z@z.test"));
        _bench.UntilTheNextDay();
        await SendAsync();
        Assert.Equal(["z@z.test"], Recipients());
    }

    [Fact]
    public async Task Nothing_is_sent_or_made_while_the_server_does_not_run()
    {
        _bench.IsOpen = false;
        using var stop = new CancellationTokenSource();
        var running = _bench.Sender().RunAsync(stop.Token);
        // The clock's timers run on this thread: what a minute brings has happened when it is over.
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(File.Exists(_bench.Database));
        _bench.Add(_bench.Of());
        _bench.UntilTheNextDay();
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_bench.Sent);
        _bench.IsOpen = true;
        for (var begun = TimeProvider.System.GetTimestamp(); _bench.Sent.Count == 0; await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, stop.Token))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), "it was never sent");
            _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private Task SendAsync() => _bench.Sender().SendDueAsync(CancellationToken.None);

    private List<string> Recipients() => [.. _bench.Sent.Select(mail => mail.Recipients[0].ToString())];
}
