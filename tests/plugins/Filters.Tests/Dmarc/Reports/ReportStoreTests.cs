using Microsoft.Data.Sqlite;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Dmarc.Reports;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc.Reports;

/// <summary>What is kept, for how long, and in which file.</summary>
public sealed class ReportStoreTests : IDisposable
{
    private readonly ReportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Row_comes_back_as_it_was()
    {
        var evaluation = _bench.Of("2001:db8::1") with { };
        var row = evaluation.Row with { Disposition = DmarcPolicy.Quarantine, IsSpfAligned = true, Override = new ReportOverride("other", "pct=10") };
        _bench.Add(evaluation with { Row = row }, evaluation);
        using var store = _bench.Store();
        var rows = store.ReadRows(_bench.Settings.PeriodOf("good.test", _bench.Clock.GetUtcNow())).ToList();
        Assert.Equal(2, rows.Count);
        var read = rows.Single(one => one.Override is not null);
        Assert.Equal(row.Dkim, read.Dkim);
        Assert.Equal(row, read with { Dkim = row.Dkim });
    }

    [Theory]
    [InlineData(14, 1)]
    [InlineData(15, 0)]
    public void What_ended_long_ago_is_forgotten(int days, int left)
    {
        _bench.Add(_bench.Of());
        _bench.Clock.SetUtcNow(ReportBench.Midnight.AddDays(1 + days) - (days == 14 ? TimeSpan.Zero : TimeSpan.FromHours(23)));
        using var store = _bench.Store();
        Assert.True(store.Forget(_bench.Clock.GetUtcNow() - _bench.Settings.Retention));
        Assert.Equal(left, store.FindDue(_bench.Clock.GetUtcNow(), null, 10).Count);
        Assert.Equal(left, store.ReadRows(_bench.Settings.PeriodOf("good.test", ReportBench.Midnight)).Count());
    }

    [Fact]
    public void Much_is_forgotten_in_steps()
    {
        _bench.Add([.. Enumerable.Range(0, 501).Select(i => _bench.Of(domain: $"d{i}.test"))]);
        using var store = _bench.Store();
        Assert.False(store.Forget(_bench.Clock.GetUtcNow().AddDays(30)));
        Assert.True(store.Forget(_bench.Clock.GetUtcNow().AddDays(30)));
        Assert.Empty(store.FindDue(_bench.Clock.GetUtcNow().AddDays(30), null, 10));
    }

    [Theory]
    [InlineData(ReportDatabase.Version, false)]
    [InlineData(ReportDatabase.Version + 1, true)]
    public void File_of_a_later_version_is_refused(int version, bool isRefused)
    {
        _bench.Add(_bench.Of());
        Change($"PRAGMA user_version = {version}");
        var mistake = Record.Exception(() => ReportDatabase.Check(_bench.Database));
        Assert.Equal(isRefused, mistake is ConfigurationException && mistake.Message.Contains("later PolicyMTA", StringComparison.Ordinal));
        Assert.Equal(isRefused, Record.Exception(() => _bench.Store().Dispose()) is ConfigurationException);
    }

    [Fact]
    public void File_of_something_else_is_refused()
    {
        Change("CREATE TABLE mailbox (username TEXT)");
        Assert.Contains("something else", Assert.Throws<ConfigurationException>(() => ReportDatabase.Check(_bench.Database)).Message, StringComparison.Ordinal);
        File.WriteAllText(_bench.Database, "this is a text, and long enough to be looked at as a database, which it is not");
        Assert.Contains("can't be read", Assert.Throws<ConfigurationException>(() => ReportDatabase.Check(_bench.Database)).Message, StringComparison.Ordinal);
        Assert.Contains("no such folder", Assert.Throws<ConfigurationException>(() => ReportDatabase.Check(Path.Combine(_bench.Database, "x", "y"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_makes_no_file_and_a_new_one_is_the_servers_alone()
    {
        ReportDatabase.Check(_bench.Database);
        Assert.False(File.Exists(_bench.Database));
        _bench.Store().Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_bench.Database));
        ReportDatabase.Check(_bench.Database);
    }

    private void Change(string statement)
    {
        using var connection = new SqliteConnection($"Data Source={_bench.Database};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
