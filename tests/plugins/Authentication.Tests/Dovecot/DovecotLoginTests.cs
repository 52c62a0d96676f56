using System.Text;
using PolicyMTA.Authentication.Dovecot;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests.Dovecot;

public sealed class DovecotLoginTests : IAsyncDisposable
{
    private readonly DovecotBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private static string Id(string line) => line.Split('\t')[1];

    [Fact]
    public void What_Dovecot_offers_is_offered_but_for_what_is_private()
    {
        _bench.Listen(_ => null);
        _bench.Begin();
        Assert.Equal(["PLAIN", "SCRAM-SHA-1", "ANONYMOUS"], _bench.Authenticator.Mechanisms.Select(m => m.Name));
        Assert.Equal(new SaslMechanism("PLAIN", IsPlaintext: true), _bench.Authenticator.Mechanisms[0]);
        Assert.Equal(new SaslMechanism("SCRAM-SHA-1", IsPlaintext: false) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true, IsMutual = true }, _bench.Authenticator.Mechanisms[1]);
        Assert.True(_bench.Authenticator.Mechanisms[2].IsAnonymous);
    }

    [Fact]
    public async Task Dovecot_is_told_of_the_session()
    {
        _bench.Listen(line => $"OK\t{Id(line)}\tuser=alice@example.test");
        _bench.Begin();
        Assert.Equal(new SaslStep.Success("alice@example.test"), await _bench.LogInAsync());
        Assert.Equal("VERSION\t1\t1", _bench.Dovecot.Lines[0]);
        Assert.StartsWith("CPID\t", _bench.Dovecot.Lines[1], StringComparison.Ordinal);
        Assert.Equal("AUTH\t1\tPLAIN\tservice=smtp\tnologin\tsession=s1\tlip=192.0.2.1\tlport=587\trip=192.0.2.7\trport=40000\tsecured=tls\tlocal_name=mx.example.test\tvalid-client-cert\tcert_username=al\u0001tice\tresp="
            + Convert.ToBase64String("\0alice\0secret"u8), _bench.Dovecot.Lines[2]);
    }

    [Fact]
    public async Task Challenges_go_to_the_client_and_its_answers_back()
    {
        _bench.Listen(line => line.StartsWith("AUTH", StringComparison.Ordinal) ? $"CONT\t{Id(line)}\t{Convert.ToBase64String("first"u8)}"
            : line.EndsWith("\t" + Convert.ToBase64String("one"u8), StringComparison.Ordinal) ? $"CONT\t{Id(line)}\t" : $"OK\t{Id(line)}\tuser=alice");
        _bench.Begin();
        await using var conversation = _bench.Start("SCRAM-SHA-1");
        Assert.Equal("first", Challenge(await conversation.AdvanceAsync(null, CancellationToken.None)));
        Assert.DoesNotContain("resp=", _bench.Dovecot.Lines[2], StringComparison.Ordinal);
        Assert.Equal("", Challenge(await conversation.AdvanceAsync("one"u8.ToArray(), CancellationToken.None)));
        Assert.Equal(new SaslStep.Success("alice"), await conversation.AdvanceAsync(Array.Empty<byte>(), CancellationToken.None));
    }

    [Fact]
    public async Task An_empty_initial_response_is_not_none()
    {
        _bench.Listen(line => $"OK\t{Id(line)}\tuser=alice");
        _bench.Begin();
        await _bench.LogInAsync("");
        Assert.EndsWith("\tresp==", _bench.Dovecot.Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_last_word_is_said_before_the_success()
    {
        _bench.Listen(line => $"OK\t{Id(line)}\tuser=alice\tresp={Convert.ToBase64String("v=proof"u8)}");
        _bench.Begin();
        await using var conversation = _bench.Start("SCRAM-SHA-1");
        Assert.Equal("v=proof", Challenge(await conversation.AdvanceAsync("x"u8.ToArray(), CancellationToken.None)));
        Assert.Equal(new SaslStep.Success("alice"), await conversation.AdvanceAsync(Array.Empty<byte>(), CancellationToken.None));
    }

    [Theory]
    [InlineData("FAIL\t{0}", "Failure { Reason = (reason unavailable), User =  }")]
    [InlineData("FAIL\t{0}\tuser=bob", "Failure { Reason = (reason unavailable), User = bob }")]
    [InlineData("FAIL\t{0}\tuser=bob\tuser_disabled", "Failure { Reason = user_disabled, User = bob }")]
    [InlineData("FAIL\t{0}\tuser=bob\tcode=pass_expired", "Failure { Reason = pass_expired, User = bob }")]
    [InlineData("FAIL\t{0}\tuser=bob\tauthz", "Failure { Reason = authz, User = bob }")]
    [InlineData("FAIL\t{0}\tuser=bob\treason=Not\u0001ttoday", "Failure { Reason = Not?today, User = bob }")]
    [InlineData("OK\t{0}\tuser=bob\tnologin", "Failure { Reason = the account may not log in, User = bob }")]
    [InlineData("FAIL\t{0}\tuser=bob\ttemp", "TemporaryFailure { Reason = Dovecot: temporary failure }")]
    [InlineData("FAIL\t{0}\tuser=bob\tcode=temp_fail", "TemporaryFailure { Reason = Dovecot: temporary failure }")]
    [InlineData("OK\t{0}", "TemporaryFailure { Reason = Dovecot: a login without a user }")]
    [InlineData("OK\t{0}\tuser=bob\u0001nBcc: x", "TemporaryFailure { Reason = Dovecot: a user with control characters }")]
    [InlineData("FAIL\t{0}\tuser=bob\u0001nx", "Failure { Reason = (reason unavailable), User = bob?x }")]
    [InlineData("OK\t{0}\tuser=", "TemporaryFailure { Reason = Dovecot: a login without a user }")]
    [InlineData("CONT\t{0}\t!", "TemporaryFailure { Reason = Dovecot: a challenge that is no base64 }")]
    public async Task An_answer_is_understood(string answer, string step)
    {
        _bench.Listen(line => answer.Replace("{0}", Id(line), StringComparison.Ordinal));
        _bench.Begin();
        Assert.Equal(step, (await _bench.LogInAsync()).ToString());
    }

    [Fact]
    public async Task Many_log_in_over_one_connection_and_get_their_own_answers()
    {
        _bench.Listen(line => $"NOTHING\tmuch\nOK\t999999\tuser=stranger\nOK\t{Id(line)}\tuser={Encoding.UTF8.GetString(Convert.FromBase64String(line[(line.LastIndexOf("resp=", StringComparison.Ordinal) + 5)..]))}");
        _bench.Begin();
        var steps = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => _bench.LogInAsync($"user{i}")));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => new SaslStep.Success($"user{i}")), steps);
        Assert.Equal(1, _bench.Dovecot.Connections);
    }

    [Fact]
    public async Task Client_that_gives_up_is_reported()
    {
        _bench.Listen(line => line.StartsWith("AUTH", StringComparison.Ordinal) ? $"CONT\t{Id(line)}\t" : null);
        _bench.Begin();
        await using (var conversation = _bench.Start()) await conversation.AdvanceAsync(null, CancellationToken.None);
        await DovecotBench.UntilAsync(() => _bench.Dovecot.Lines[^1] == "CANCEL\t1");
    }

    [Fact]
    public async Task Response_that_Dovecot_would_hang_up_on_is_not_sent()
    {
        _bench.Listen(line => $"OK\t{Id(line)}\tuser=alice");
        _bench.Begin();
        var facts = AuthRequest.Facts("smtp", DovecotBench.Session);
        var room = (AuthRequest.LongestLine - Encoding.UTF8.GetByteCount($"AUTH\t1\tPLAIN{facts}\tresp=\n")) / 4 * 3;
        Assert.IsType<SaslStep.Success>(await _bench.LogInAsync(new string('x', room)));
        Assert.IsType<SaslStep.Failure>(await _bench.LogInAsync(new string('x', room + 3)));
        Assert.Equal(3, _bench.Dovecot.Lines.Count);
    }

    private static string Challenge(SaslStep step) => Encoding.UTF8.GetString(Assert.IsType<SaslStep.Challenge>(step).Text.Span);
}
