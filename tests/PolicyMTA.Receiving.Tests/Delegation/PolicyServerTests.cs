using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Addressing;
using PolicyMTA.Policy;
using PolicyMTA.Receiving.Delegation;

namespace PolicyMTA.Receiving.Tests.Delegation;

public sealed class PolicyServerTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private const string Question = "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=192.0.2.10\nrecipient=alice@example.test\nsender=joe@good.test\n\n";

    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private Pipe? _answers;
    private readonly CancellationTokenSource _end = new();
    private ReceivingServer? _server;
    private Dictionary<string, string>? _policies;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task A_question_that_comes_in_pieces_is_answered()
    {
        var serving = await StartAsync();
        foreach (var octet in Encoding.ASCII.GetBytes(Question + Question)) await _toServer.Writer.WriteAsync(new[] { octet }, Stop);
        await _toServer.Writer.CompleteAsync();
        await serving.WaitAsync(Patience, Stop);
        await _toClient.Writer.CompleteAsync();
        var read = await _toClient.Reader.ReadAtLeastAsync(1000, Stop);
        Assert.Equal("action=DUNNO\n\naction=DUNNO\n\n", Encoding.ASCII.GetString(read.Buffer));
    }

    [Fact]
    public async Task A_connection_idles_no_longer_than_allowed()
    {
        var serving = await StartAsync();
        await _toServer.Writer.WriteAsync("request="u8.ToArray(), Stop);
        _time.Advance(PolicyServer.Idle - TimeSpan.FromSeconds(1));
        Assert.False(serving.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await serving.WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task An_idle_connection_is_left_when_that_is_asked_for()
    {
        var serving = await StartAsync();
        await _end.CancelAsync();
        await serving.WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task A_question_leaves_a_trace_under_the_other_servers_names()
    {
        var kept = new Kept();
        _policies = new Dictionary<string, string>(Rules.Default) { ["recipient.js"] = "import { reject } from 'policymta';\nexport default [function never() { return reject('no'); }];" };
        var serving = await StartAsync(kept);
        await _toServer.Writer.WriteAsync(Encoding.ASCII.GetBytes(Question.Replace("\n\n", "\nqueue_id=4dAbc\ninstance=a1.b2\nhelo_name=one.test\n\n", StringComparison.Ordinal)), Stop);
        await _toServer.Writer.CompleteAsync();
        await serving.WaitAsync(Patience, Stop);
        var trace = Assert.Single(kept.Traces);
        Assert.Equal(("4dAbc", "a1.b2", "policy", "one.test", "joe@good.test", "unknown[192.0.2.10]"), (trace.QueueId, trace.Session, trace.Listener, trace.Helo, trace.Sender, trace.Client));
        var decision = Assert.Single(trace.Decisions);
        Assert.Equal(("RCPT", "alice@example.test"), (decision.Command, decision.Item));
        Assert.StartsWith("554 5.7.1", decision.Reply, StringComparison.Ordinal);
        Assert.Equal("never", decision.Steps[^1].Rule);
        Assert.True(decision.IsRefusal);
    }

    [Fact]
    public async Task An_answer_that_takes_too_long_closes_the_connection_and_leaves_a_trace()
    {
        var kept = new Kept();
        _policies = new Dictionary<string, string>(Rules.Default) { ["recipient.js"] = "import { delay } from 'policymta';\nexport default [() => delay('60s'), () => delay('60s')];" };
        var serving = await StartAsync(kept);
        await _toServer.Writer.WriteAsync(Encoding.ASCII.GetBytes(Question), Stop);
        await EndAsync(serving);
        Assert.Equal("(no answer in time)", Assert.Single(Assert.Single(kept.Traces).Decisions).Reply);
        Assert.False(_toClient.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_left()
    {
        _answers = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var serving = await StartAsync();
        await _toServer.Writer.WriteAsync(Encoding.ASCII.GetBytes(Question), Stop);
        await EndAsync(serving);
    }

    /// <summary>The clock of the server goes on until it has had enough; that of the policies is the wall's.</summary>
    private async Task EndAsync(Task serving)
    {
        for (var patience = 0; !serving.IsCompleted; patience++)
        {
            Assert.True(patience < 6000, "the connection stays");
            // More than the time of an answer, and less than that of an idle client.
            if (patience < 100) _time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Stop);
        }
        await serving;
    }

    [Fact]
    public async Task Nonsense_is_an_error()
    {
        var serving = await StartAsync();
        await _toServer.Writer.WriteAsync("EHLO client.example\r\n"u8.ToArray(), Stop);
        await Assert.ThrowsAsync<InvalidDataException>(() => serving.WaitAsync(Patience, Stop));
    }

    private async Task<Task> StartAsync(IDecisionRecorder? recorder = null)
    {
        _server = await ReceivingServer.StartAsync(policies: _policies, recorder: recorder);
        await using var lease = _server.Current.Lease();
        Assert.True(NetworkList.TryParse(["192.0.2.0/24"], out var networks, out _));
        var settings = new DelegationSettings { Listener = "policy", HostName = "mx.example.test", MyNetworks = networks, Policies = lease.Value.Policies, Addresses = lease.Value.Addresses };
        return new PolicyServer(settings, _time, NullLogger.Instance).ServeAsync(new Connection(_toServer.Reader, (_answers ?? _toClient).Writer), _end.Token).AsTask();
    }

    private sealed class Kept : IDecisionRecorder
    {
        public List<DecisionTrace> Traces { get; } = [];

        public bool IsWanted => true;

        public void Take(DecisionTrace trace) => Traces.Add(trace);
    }

    private sealed record Connection(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
