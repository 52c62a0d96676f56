using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>
/// Sends what periods that ended came to, one mail for each address. The database remembers each before it is queued, so that nobody gets a report twice, also after a kill: what was
/// taken and not queued then is lost. One task; the queue does the rest.
/// </summary>
internal sealed partial class ReportSender(string path, ReportSettings settings, ReportDestinations destinations, IMailSubmission submission, Meter meter, TimeProvider time, ILogger log)
{
    /// <summary>What was seen last in a period may still be on its way into the database.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>How long DNS may fail, or the queue take nothing, before a report goes to those that it can go to.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromDays(1);

    private const int AtOnce = 100;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(1);

    private readonly Counter<long> _sent = meter.CreateCounter<long>("policymta_dmarc_reports_total", null, "DMARC aggregate reports put in the queue.");

    private TimeSpan Pause => settings.Interval / 10 is var part && part < ShortestPause ? ShortestPause : part > LongestPause ? LongestPause : part;

    /// <summary>Sends until it is told to end.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Pause, time, cancellationToken);
            try
            {
                // Not while the configuration is only checked, nor before somebody counted anything.
                if (submission.IsOpen && File.Exists(path)) await SendDueAsync(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Log.Failed(log, e);
            }
        }
    }

    /// <summary>Sends what is due now.</summary>
    internal async Task SendDueAsync(CancellationToken cancellationToken)
    {
        using var store = new ReportStore(path, isDurable: true);
        var now = time.GetUtcNow();
        for (var due = store.FindDue(now - Grace, null, AtOnce); due.Count > 0; due = store.FindDue(now - Grace, due[^1], AtOnce))
        {
            foreach (var period in due) await SendAsync(store, period, cancellationToken);
        }
    }

    private async Task SendAsync(ReportStore store, ReportPeriod period, CancellationToken cancellationToken)
    {
        if (store.FindRecord(period) is { } text && DmarcRecord.Parse(text) is { AggregateAddresses.Count: > 0 } record)
        {
            var (addresses, isComplete) = await destinations.FindAsync(period.Domain, record, cancellationToken);
            var isDone = isComplete;
            var head = HeadOf(period, new PublishedPolicy(period.Domain, record));
            var report = new Lazy<byte[]>(() => Compress(store, period, head));
            foreach (var address in addresses) isDone &= await SendAsync(store, period, head, report, address, cancellationToken);
            if (!isDone && time.GetUtcNow() < DateTimeOffset.FromUnixTimeSeconds(period.End) + Patience) return;
        }
        store.Finish(period);
    }

    // False when it is to be tried again.
    private async Task<bool> SendAsync(ReportStore store, ReportPeriod period, ReportHead head, Lazy<byte[]> report, ReportAddress address, CancellationToken cancellationToken)
    {
        if (!store.Claim(period, address.Address)) return true;
        var recipient = Address.FromInternal(address.Address);
        var isQueued = false;
        try
        {
            var content = ReportMail.Write(head, settings, recipient, report.Value);
            if (address.Limit > 0 && content.Length > address.Limit)
            {
                Log.TooLarge(log, period.Domain, address.Address, content.Length, address.Limit);
                return isQueued = true;
            }
            var outcome = await submission.SubmitAsync(new ServerMail { Sender = settings.Sender, Recipients = [recipient], Content = content }, cancellationToken);
            isQueued = outcome is not SubmissionOutcome.Deferred;
            Tell(outcome, period, address);
            return isQueued;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It may be in the queue: better none than two.
            isQueued = true;
            throw;
        }
        finally
        {
            if (!isQueued) store.Release(period, address.Address);
        }
    }

    private void Tell(SubmissionOutcome outcome, ReportPeriod period, ReportAddress address)
    {
        switch (outcome)
        {
            case SubmissionOutcome.Queued queued:
                _sent.Add(1);
                Log.Sent(log, queued.Id, period.Domain, address.Address);
                break;
            case SubmissionOutcome.Refused refused:
                Log.NotSent(log, period.Domain, address.Address, refused.Reason);
                break;
            case SubmissionOutcome.Deferred deferred:
                Log.Later(log, period.Domain, address.Address, deferred.Reason);
                break;
        }
    }

    private ReportHead HeadOf(ReportPeriod period, PublishedPolicy policy) => new()
    {
        Organization = settings.Organization,
        Mail = settings.Contact,
        Id = ReportMail.IdOf(period, settings.Receiver),
        Begin = DateTimeOffset.FromUnixTimeSeconds(period.Begin),
        End = DateTimeOffset.FromUnixTimeSeconds(period.End),
        Policy = policy,
        Walks = settings.Walks,
    };

    private static byte[] Compress(ReportStore store, ReportPeriod period, ReportHead head)
    {
        using var gzip = new MemoryStream();
        AggregateReport.WriteCompressed(gzip, head, store.ReadRows(period));
        return gzip.ToArray();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Id}: DMARC report on {Domain} to {Address}")]
        public static partial void Sent(ILogger logger, QueueId id, string domain, string address);

        [LoggerMessage(Level = LogLevel.Warning, Message = "DMARC report on {Domain} to {Address} is not sent: {Reason}")]
        public static partial void NotSent(ILogger logger, string domain, string address, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "DMARC report on {Domain} to {Address} is tried again later: {Reason}")]
        public static partial void Later(ILogger logger, string domain, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "DMARC report on {Domain} to {Address} is not sent: its mail has {Size} octets, and they take {Limit}")]
        public static partial void TooLarge(ILogger logger, string domain, string address, long size, long limit);

        [LoggerMessage(Level = LogLevel.Error, Message = "DMARC reports can't be sent now")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
