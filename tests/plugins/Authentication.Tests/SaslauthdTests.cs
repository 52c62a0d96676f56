using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Authentication.Passwords.Saslauthd;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

public sealed class SaslauthdTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-saslauthd-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly FakeTimeProvider _clock = new();
    private readonly SaslauthdCheck _check;

    public SaslauthdTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "mux")));
        _listener.Listen();
        _check = new SaslauthdCheck(Path.Combine(_folder, "mux"), "smtp", _clock);
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Task<SaslStep> LogInAsync(string user) => _check.CheckAsync(user, "pencil"u8.ToArray(), CancellationToken.None).AsTask();

    /// <summary>Takes one question, answers with these bytes and tells what was asked.</summary>
    private async Task<string[]> ServeAsync(byte[] answer)
    {
        using var socket = await _listener.AcceptAsync();
        await using var stream = new NetworkStream(socket);
        var parts = new string[4];
        for (var i = 0; i < 4; i++)
        {
            var length = new byte[2];
            await stream.ReadExactlyAsync(length);
            var part = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(part);
            parts[i] = Encoding.UTF8.GetString(part);
        }
        await stream.WriteAsync(answer);
        return parts;
    }

    private static byte[] Counted(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    [Theory]
    [InlineData("alice", "alice", "")]
    [InlineData("alice@example.test", "alice", "example.test")]
    [InlineData("a@b@example.test", "a@b", "example.test")]
    public async Task Four_strings_are_asked_and_OK_is_a_login(string user, string name, string realm)
    {
        var serving = ServeAsync(Counted("OK"));
        Assert.Equal(new SaslStep.Success(user), await LogInAsync(user));
        Assert.Equal([name, "pencil", "smtp", realm], await serving);
    }

    [Theory]
    [InlineData("NO", "Failure { Reason = (reason unavailable), User = alice }")]
    [InlineData("NO bad password", "Failure { Reason = (reason unavailable), User = alice }")]
    [InlineData("", "TemporaryFailure { Reason = saslauthd said neither OK nor NO }")]
    [InlineData("ok", "TemporaryFailure { Reason = saslauthd said neither OK nor NO }")]
    public async Task Other_answers_are_none(string answer, string step)
    {
        var serving = ServeAsync(Counted(answer));
        Assert.Equal(step, (await LogInAsync("alice")).ToString());
        await serving;
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public async Task An_answer_has_a_length(int length, bool isTaken)
    {
        var serving = ServeAsync(Counted("OK" + new string('x', length - 2)));
        Assert.Equal(isTaken, await LogInAsync("alice") is SaslStep.Success);
        await serving;
    }

    [Fact]
    public async Task Half_an_answer_and_none_are_temporary_failures()
    {
        var serving = ServeAsync([0, 9, .. "OK"u8]);
        Assert.IsType<SaslStep.TemporaryFailure>(await LogInAsync("alice"));
        await serving;
        var silent = LogInAsync("alice");
        while (!silent.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Contains("no answer", Assert.IsType<SaslStep.TemporaryFailure>(await silent).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_the_socket_is_a_temporary_failure()
    {
        _listener.Dispose();
        var step = Assert.IsType<SaslStep.TemporaryFailure>(await LogInAsync("alice"));
        Assert.DoesNotContain("pencil", step.Reason, StringComparison.Ordinal);
    }
}
