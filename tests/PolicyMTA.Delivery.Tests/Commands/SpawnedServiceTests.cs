using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Commands;

namespace PolicyMTA.Delivery.Tests.Commands;

public sealed class SpawnedServiceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Lines _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SpawnedService Make(string[] command, int processLimit = 100, TimeSpan? timeLimit = null) =>
        new(new SpawnSettings { Name = "s", Command = command, ProcessLimit = processLimit, TimeLimit = timeLimit ?? TimeSpan.FromHours(1) }, TimeProvider.System, _log);

    [Fact]
    public async Task A_connection_is_its_standard_input_and_output()
    {
        await using var service = Make(["/bin/sh", "-c", "while read line; do echo got $line; done"]);
        var client = new Client(service);
        Assert.Equal("got one\n", await client.AskAsync("one\n"));
        Assert.Equal("got two\n", await client.AskAsync("two\n"));
        await client.CloseAsync();
        Assert.Empty(_log.Written);
    }

    [Fact]
    public async Task Each_connection_has_a_process_of_its_own()
    {
        await using var service = Make(["/bin/sh", "-c", "while read line; do echo $$; done"]);
        var (one, two) = (new Client(service), new Client(service));
        Assert.NotEqual(await one.AskAsync("\n"), await two.AskAsync("\n"));
        await one.CloseAsync();
        await two.CloseAsync();
    }

    [Fact]
    public async Task The_connection_ends_with_the_process_and_a_bad_end_is_in_the_log()
    {
        await using var service = Make(["/bin/sh", "-c", "read line; echo bye; echo trouble >&2; exit 3"]);
        var client = new Client(service);
        Assert.Equal("bye\n", await client.AskAsync("one\n"));
        await client.IsServed.WaitAsync(Patience, Stop);
        Assert.Equal(["service s: a process ended with code 3: trouble"], _log.Written);
    }

    [Fact]
    public async Task A_process_that_takes_too_long_is_ended()
    {
        await using var service = Make(["/bin/sh", "-c", "echo $$; sleep 3600"], timeLimit: TimeSpan.FromSeconds(2));
        var client = new Client(service);
        var id = int.Parse(await client.ReadAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await client.IsServed.WaitAsync(Patience, Stop);
        await IsGoneAsync(id);
        Assert.Equal(["service s: a process took more than 2 s and is ended"], _log.Written);
    }

    [Fact]
    public async Task A_process_ends_with_the_client_although_it_does_not_listen()
    {
        await using var service = Make(["/bin/sh", "-c", "echo $$; sleep 3600"]);
        var client = new Client(service);
        var id = int.Parse(await client.ReadAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await client.CloseAsync();
        await IsGoneAsync(id);
    }

    [Fact]
    public async Task An_idle_connection_ends_when_it_is_asked_to()
    {
        await using var service = Make(["/bin/cat"]);
        var client = new Client(service);
        Assert.Equal("one\n", await client.AskAsync("one\n"));
        await client.EndAsync();
        Assert.Empty(_log.Written);
    }

    [Fact]
    public async Task Connections_above_the_limit_wait_for_a_process()
    {
        await using var service = Make(["/bin/cat"], processLimit: 1);
        var (one, two) = (new Client(service), new Client(service));
        Assert.Equal("one\n", await one.AskAsync("one\n"));
        var waiting = two.AskAsync("two\n");
        Assert.Equal("three\n", await one.AskAsync("three\n"));
        Assert.False(waiting.IsCompleted);
        await one.CloseAsync();
        Assert.Equal("two\n", await waiting);
        await two.CloseAsync();
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_in_the_log()
    {
        await using var service = Make(["/nonexistent/program"]);
        await new Client(service).IsServed.WaitAsync(Patience, Stop);
        Assert.Contains("/nonexistent/program", Assert.Single(_log.Written), StringComparison.Ordinal);
    }

    private static async Task IsGoneAsync(int id)
    {
        for (var watch = Stopwatch.StartNew(); Directory.Exists($"/proc/{id}"); await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Stop))
        {
            Assert.True(watch.Elapsed < Patience, $"process {id} is still there");
        }
    }

    /// <summary>Who is connected to a service.</summary>
    private sealed class Client : IDuplexPipe
    {
        private readonly Pipe _toService = new();
        private readonly Pipe _toClient = new();
        private readonly CancellationTokenSource _end = new();

        internal Client(SpawnedService service) => IsServed = ServeAsync(service);

        public PipeReader Input => _toService.Reader;

        public PipeWriter Output => _toClient.Writer;

        internal Task IsServed { get; }

        internal async Task<string> AskAsync(string line)
        {
            await _toService.Writer.WriteAsync(Encoding.UTF8.GetBytes(line), Stop);
            return await ReadAsync();
        }

        internal async Task<string> ReadAsync()
        {
            while (true)
            {
                var read = await _toClient.Reader.ReadAsync(Stop).AsTask().WaitAsync(Patience, Stop);
                var text = Encoding.UTF8.GetString(read.Buffer);
                var isWhole = text.EndsWith('\n') || read.IsCompleted;
                _toClient.Reader.AdvanceTo(isWhole ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
                if (isWhole) return text;
            }
        }

        internal async Task CloseAsync()
        {
            await _toService.Writer.CompleteAsync();
            await IsServed.WaitAsync(Patience, Stop);
        }

        internal async Task EndAsync()
        {
            await _end.CancelAsync();
            await IsServed.WaitAsync(Patience, Stop);
        }

        private async Task ServeAsync(SpawnedService service)
        {
            await service.ServeAsync(this, _end.Token);
            await _toClient.Writer.CompleteAsync();
        }
    }

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add(formatter(state, exception));
    }
}
