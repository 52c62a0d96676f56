using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>How reports are kept and sent. An immutable value.</summary>
internal sealed record ReportSettings
{
    private const int Day = 86400, LongestDays = 7, LongestRetention = 366;

    /// <summary>What one report is about.</summary>
    public required TimeSpan Interval { get; init; }
    /// <summary>False: what was seen is kept, and nobody is told.</summary>
    public required bool IsSending { get; init; }
    /// <summary>How long it is kept.</summary>
    public required TimeSpan Retention { get; init; }
    /// <summary>Who reports.</summary>
    public required string Organization { get; init; }
    /// <summary>Whom to ask.</summary>
    public required string Contact { get; init; }
    /// <summary>The author of the mails.</summary>
    public required Address From { get; init; }
    /// <summary>Their reverse-path.</summary>
    public required Address Sender { get; init; }
    /// <summary>True when policies are found by the tree walk.</summary>
    public required bool Walks { get; init; }

    /// <summary>The receiver's domain, as subjects and file names have it.</summary>
    internal string Receiver => From.Domain.ToLowerInvariant();

    /// <summary>Reads the options; they have no mistakes.</summary>
    internal static ReportSettings Of(DmarcOptions options) => new()
    {
        Interval = TimeSpan.FromSeconds(options.ReportInterval > 0 ? options.ReportInterval : Day),
        IsSending = options.ReportInterval > 0,
        Retention = TimeSpan.FromDays(options.ReportRetention),
        From = Address.FromInternal(options.ReportFrom),
        Organization = options.ReportOrg.Length > 0 ? options.ReportOrg : Address.FromInternal(options.ReportFrom).Domain,
        Contact = options.ReportContact.Length > 0 ? options.ReportContact : options.ReportFrom,
        Sender = Address.FromInternal(options.ReportSender),
        Walks = options.Walks,
    };

    /// <summary>What is wrong with the options.</summary>
    internal static IEnumerable<string> Mistakes(DmarcOptions options)
    {
        if (options.ReportInterval is < 0 or > LongestDays * Day) yield return $"report_interval is 0, or up to {LongestDays * Day} seconds";
        if (options.ReportRetention is < 1 or > LongestRetention) yield return $"report_retention is 1 to {LongestRetention} days";
        if (options.ReportInterval > 0 && options.ReportDatabase.Length == 0) yield return "report_interval sends reports, so report_database has to name the file to keep them in";
        if (options.ReportInterval > 0 && options.ReportFrom.Length == 0) yield return "report_interval sends reports, so report_from has to be an address of yours";
        if (options.ReportInterval > (long)options.ReportRetention * Day) yield return "report_interval is longer than report_retention: nothing would be left to report";
        foreach (var (name, address) in new[] { ("report_from", options.ReportFrom), ("report_contact", options.ReportContact), ("report_sender", options.ReportSender) })
        {
            if (address.Length > 0 && !IsAddress(address)) yield return $"{name} is an address such as dmarc@example.org, not '{address}'";
        }
    }

    /// <summary>True for an address that mail fields can name as it is.</summary>
    internal static bool IsAddress(string text)
    {
        var address = Address.FromInternal(text);
        return address.Local.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && DomainName.TryNormalize(address.Domain, out _);
    }

    /// <summary>The period that a moment is in; periods begin at whole multiples of the interval, days at midnight UTC (RFC 9990 §3.1.1.4).</summary>
    internal ReportPeriod PeriodOf(string domain, DateTimeOffset now)
    {
        var seconds = (long)Interval.TotalSeconds;
        var begin = now.ToUnixTimeSeconds() / seconds * seconds;
        return new ReportPeriod(domain, begin, begin + seconds);
    }
}
