using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Dmarc.Reports;

namespace PolicyMTA.Filters.Tests.Dmarc.Reports;

/// <summary>Options of reports.</summary>
public sealed class ReportSettingsTests
{
    [Theory]
    [InlineData(0, 14, "", "", 0)]
    [InlineData(3600, 14, "r.sqlite", "a@example.test", 0)]
    [InlineData(604800, 7, "r.sqlite", "a@example.test", 0)]
    [InlineData(604801, 14, "r.sqlite", "a@example.test", 1)]
    [InlineData(-1, 14, "r.sqlite", "a@example.test", 1)]
    [InlineData(604800, 6, "r.sqlite", "a@example.test", 1)]
    [InlineData(0, 0, "r.sqlite", "", 1)]
    [InlineData(0, 1, "r.sqlite", "", 0)]
    [InlineData(3600, 366, "r.sqlite", "a@example.test", 0)]
    [InlineData(3600, 367, "r.sqlite", "a@example.test", 1)]
    [InlineData(3600, 14, "", "a@example.test", 1)]
    [InlineData(3600, 14, "r.sqlite", "", 1)]
    [InlineData(3600, 14, "r.sqlite", "a", 1)]
    [InlineData(3600, 14, "r.sqlite", "a b@example.test", 1)]
    [InlineData(3600, 14, "r.sqlite", "a@example.test\r\nBcc: b@example.test", 1)]
    public void Options_that_mean_nothing_are_refused(int interval, int retention, string database, string from, int mistakes) =>
        Assert.Equal(mistakes, new DmarcOptions(ReportInterval: interval, ReportRetention: retention, ReportDatabase: database, ReportFrom: from).Mistakes().Count());

    [Fact]
    public void Reports_are_off_by_default_and_named_after_their_author()
    {
        Assert.False(ReportSettings.Of(new DmarcOptions()).IsSending);
        var settings = ReportSettings.Of(new DmarcOptions(ReportInterval: 3600, ReportFrom: "dmarc@Example.test"));
        Assert.Equal((true, "Example.test", "dmarc@Example.test", "example.test"), (settings.IsSending, settings.Organization, settings.Contact, settings.Receiver));
    }

    [Fact]
    public void Periods_touch_and_begin_at_the_hour()
    {
        var settings = ReportSettings.Of(new DmarcOptions(ReportInterval: 3600));
        var hour = ReportBench.Midnight.AddHours(5);
        Assert.Equal(new ReportPeriod("d", hour.ToUnixTimeSeconds(), hour.AddHours(1).ToUnixTimeSeconds()), settings.PeriodOf("d", hour));
        Assert.Equal(settings.PeriodOf("d", hour), settings.PeriodOf("d", hour.AddHours(1).AddTicks(-1)));
        Assert.Equal(settings.PeriodOf("d", hour).End, settings.PeriodOf("d", hour.AddHours(1)).Begin);
    }
}
