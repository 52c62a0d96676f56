using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Sdk;
using PolicyMTA.Traces;

namespace PolicyMTA.Tests.Traces;

/// <summary>The way of a trace from a session to the disk and to who watches.</summary>
public sealed class TraceRecorderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(SampleTraces.Noon);
    private readonly Meter _meter = new("traces");

    [Fact]
    public async Task What_was_taken_is_found_at_once_and_again_after_a_restart()
    {
        await using (var recorder = Open())
        {
            recorder.Take(SampleTraces.Typical(1));
            Assert.Single((await recorder.FindAsync("4dQ1", Stop))!);
            recorder.Take(SampleTraces.Typical(2));
        }
        await using var again = Open();
        Assert.Single((await again.FindAsync("4dQ2", Stop))!);
        Assert.Equal(0, again.Dropped);
    }

    [Fact]
    public async Task Many_sessions_at_once_lose_nothing_that_there_is_room_for()
    {
        await using var recorder = Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(task => Task.Run(
            async () =>
            {
                for (var n = 0; n < 500; n++)
                {
                    recorder.Take(SampleTraces.Typical(task * 500 + n));
                    if (n % 100 == 0) await recorder.FlushAsync(Stop);
                }
            },
            Stop)));
        await recorder.FlushAsync(Stop);
        Assert.Equal(0, recorder.Dropped);
        for (var n = 0; n < 4000; n += 333) Assert.Single((await recorder.FindAsync($"4dQ{n}", Stop))!);
    }

    [Fact]
    public async Task What_there_is_no_room_for_is_dropped_and_counted()
    {
        await using var recorder = Open();
        // The clock stands: nothing is written before somebody asks.
        for (var n = 0; n < 3 * TraceRecorder.Waiting; n++) recorder.Take(SampleTraces.Typical(n));
        await recorder.FlushAsync(Stop);
        var kept = 0;
        for (var n = 0; n < 100; n++) kept += (await recorder.FindAsync($"4dQ{n}", Stop))!.Count;
        Assert.Equal(100, kept);
        Assert.InRange(recorder.Dropped, 0, 2 * TraceRecorder.Waiting);
        Assert.Equal(3 * TraceRecorder.Waiting, recorder.Dropped + Measure("policymta_traces_written_total"));
        Assert.Equal(recorder.Dropped, Measure("policymta_traces_dropped_total"));
    }

    [Fact]
    public async Task A_disk_that_fails_costs_traces_and_nothing_else()
    {
        await using var recorder = Open();
        recorder.Take(SampleTraces.Typical(1));
        await recorder.FlushAsync(Stop);
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "decisions.db*")) await File.WriteAllTextAsync(file, new string('x', 40_000), Stop);
        recorder.Take(SampleTraces.Typical(2));
        await recorder.FlushAsync(Stop);
        recorder.Take(SampleTraces.Typical(3));
        await recorder.FlushAsync(Stop);
        Assert.Single((await recorder.FindAsync("4dQ3", Stop))!);
        Assert.Equal(1, recorder.Dropped);
    }

    [Fact]
    public async Task Without_a_database_traces_are_for_who_watches()
    {
        await using var recorder = Open(keeps: false);
        Assert.False(recorder.IsWanted);
        Assert.Null(await recorder.FindAsync("4dQ1", Stop));
        using (var reader = recorder.Feed.Open(rejects: false))
        {
            Assert.True(recorder.IsWanted);
            recorder.Take(SampleTraces.Typical());
            Assert.True(reader.Traces.TryRead(out _));
        }
        Assert.False(recorder.IsWanted);
    }

    [Fact]
    public async Task A_slow_reader_misses_what_is_too_much_and_is_told()
    {
        await using var recorder = Open(keeps: false);
        using var reader = recorder.Feed.Open(rejects: false);
        for (var n = 0; n < TraceFeed.Waiting; n++) recorder.Take(SampleTraces.Typical(n));
        Assert.Equal(0, reader.TakeMissed());
        recorder.Take(SampleTraces.Typical());
        recorder.Take(SampleTraces.Typical());
        Assert.Equal(2, reader.TakeMissed());
        Assert.Equal(0, reader.TakeMissed());
        var read = 0;
        while (reader.Traces.TryRead(out _)) read++;
        Assert.Equal(TraceFeed.Waiting, read);
    }

    [Fact]
    public async Task A_reader_of_rejects_sees_no_other()
    {
        await using var recorder = Open(keeps: false);
        using var reader = recorder.Feed.Open(rejects: true);
        var trace = SampleTraces.Typical();
        recorder.Take(trace with { Decisions = [.. trace.Decisions.Skip(1)] });
        recorder.Take(trace);
        Assert.True(reader.Traces.TryRead(out var seen));
        Assert.Same(trace, seen);
        Assert.False(reader.Traces.TryRead(out _));
    }

    [Fact]
    public async Task Only_so_many_watch_and_the_end_of_the_server_is_theirs()
    {
        var recorder = Open(keeps: false);
        var readers = Enumerable.Range(0, TraceFeed.MostReaders).Select(_ => recorder.Feed.Open(rejects: false)).ToList();
        Assert.Throws<TemporaryFailureException>(() => recorder.Feed.Open(rejects: false));
        readers[0].Dispose();
        using var another = recorder.Feed.Open(rejects: false);
        await recorder.DisposeAsync();
        Assert.False(await another.Traces.WaitToReadAsync(Stop));
        Assert.Throws<TemporaryFailureException>(() => recorder.Feed.Open(rejects: false));
        foreach (var reader in readers) reader.Dispose();
    }

    public void Dispose()
    {
        _meter.Dispose();
        _folder.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private TraceRecorder Open(bool keeps = true) =>
        new(new TraceSettings(keeps ? _folder.File("decisions.db") : null, TimeSpan.FromDays(7), 1 << 30), _time, NullLogger.Instance, _meter);

    private long Measure(string name)
    {
        long measured = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (ReferenceEquals(instrument.Meter, _meter) && instrument.Name == name) own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => measured = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
