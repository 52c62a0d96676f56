using PolicyMTA.Authentication.Dovecot;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests.Dovecot;

public sealed class DovecotFailureTests : IAsyncDisposable
{
    private readonly DovecotBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private static string Accept(string line) => $"OK\t{line.Split('\t')[1]}\tuser=alice";

    [Fact]
    public async Task Dovecot_that_comes_later_is_noticed()
    {
        _bench.Begin();
        Assert.Empty(_bench.Authenticator.Mechanisms);
        Assert.IsType<SaslStep.TemporaryFailure>(await _bench.LogInAsync());
        Assert.Single(_bench.Log, line => line.Contains("can't be reached", StringComparison.Ordinal));
        _bench.Listen(Accept);
        await DovecotBench.UntilAsync(() =>
        {
            _bench.Clock.Advance(DovecotClient.RetryInterval);
            return _bench.Authenticator.Mechanisms.Count > 0;
        });
        Assert.Contains(_bench.Log, line => line.Contains("answers again", StringComparison.Ordinal));
        Assert.IsType<SaslStep.Success>(await _bench.LogInAsync());
    }

    [Fact]
    public async Task Dovecot_that_goes_is_missed_for_as_long_only_and_what_it_offered_stays_offered()
    {
        _bench.Listen(Accept);
        _bench.Begin();
        await _bench.EndDovecotAsync();
        Assert.IsType<SaslStep.TemporaryFailure>(await _bench.LogInAsync());
        Assert.Equal(3, _bench.Authenticator.Mechanisms.Count);
        _bench.Listen(Accept);
        Assert.IsType<SaslStep.Success>(await _bench.LogInAsync());
    }

    [Fact]
    public async Task A_connection_that_ends_under_the_first_word_is_made_again()
    {
        var calls = 0;
        _bench.Listen(line => ++calls == 1 ? "" : Accept(line));
        _bench.Begin();
        Assert.IsType<SaslStep.Success>(await _bench.LogInAsync());
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_connection_that_ends_within_a_conversation_ends_it_for_now()
    {
        _bench.Listen(line => line.StartsWith("AUTH", StringComparison.Ordinal) ? $"CONT\t{line.Split('\t')[1]}\t" : "");
        _bench.Begin();
        await using var conversation = _bench.Start();
        await conversation.AdvanceAsync(null, CancellationToken.None);
        Assert.IsType<SaslStep.TemporaryFailure>(await conversation.AdvanceAsync("\0alice\0secret"u8.ToArray(), CancellationToken.None));
    }

    [Fact]
    public async Task Silence_is_a_temporary_failure()
    {
        _bench.Listen(_ => null);
        _bench.Begin();
        var login = _bench.LogInAsync();
        await DovecotBench.UntilAsync(() =>
        {
            _bench.Clock.Advance(TimeSpan.FromSeconds(1));
            return login.IsCompleted;
        });
        Assert.Contains("no answer", Assert.IsType<SaslStep.TemporaryFailure>(await login).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("VERSION\t2\t0\nDONE\n")]
    [InlineData("DONE\n")]
    [InlineData("VERSION\nDONE\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    public async Task Another_server_at_the_socket_is_told_from_Dovecot(string hello)
    {
        _bench.Listen(_ => "", hello);
        var begin = Task.Run(_bench.Begin);
        await DovecotBench.UntilAsync(() =>
        {
            _bench.Clock.Advance(TimeSpan.FromSeconds(1));
            return begin.IsCompleted;
        });
        await begin;
        Assert.Empty(_bench.Authenticator.Mechanisms);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_line_has_a_length(int more, bool isKept)
    {
        _bench.Listen(Accept);
        _bench.Begin();
        _bench.Dovecot.Say(new string('x', LineReader.LongestLine + more) + "\n");
        await DovecotBench.UntilAsync(() => _bench.Dovecot.Connections == (isKept ? 1 : 2));
        Assert.IsType<SaslStep.Success>(await _bench.LogInAsync());
        Assert.Equal(isKept ? 1 : 2, _bench.Dovecot.Connections);
    }

    [Fact]
    public async Task No_log_line_has_a_secret()
    {
        _bench.Listen(_ => "");
        _bench.Begin();
        var step = await _bench.LogInAsync("\0alice\0topsecret");
        var told = string.Join('\n', [.. _bench.Log, step.ToString()]);
        Assert.DoesNotContain("topsecret", told, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("\0alice\0topsecret"u8), told, StringComparison.Ordinal);
    }
}
