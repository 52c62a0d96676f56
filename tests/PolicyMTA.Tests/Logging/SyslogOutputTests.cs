using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Logging;
using Serilog.Events;

namespace PolicyMTA.Tests.Logging;

public sealed class SyslogOutputTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 16, 49, 58, TimeSpan.Zero));

    [Fact]
    public void A_line_is_one_datagram_with_facility_mail()
    {
        using var folder = new TemporaryFolder();
        using var daemon = Listen(folder.File("log"));
        using var output = new SyslogOutput(folder.File("log"), new SyslogTag("postfix", 2), _time);
        output.Write(Event("connect from a[192.0.2.1]"));
        Assert.Equal($"<22>Nov 22 16:49:58 postfix/smtpd[{Environment.ProcessId}]: connect from a[192.0.2.1]", Receive(daemon));
    }

    [Fact]
    public void A_daemon_that_was_restarted_gets_the_next_lines()
    {
        using var folder = new TemporaryFolder();
        using var output = new SyslogOutput(folder.File("log"), new SyslogTag("postfix", 2), _time);
        using (Listen(folder.File("log"))) output.Write(Event("one"));
        Assert.ThrowsAny<SocketException>(() => output.Write(Event("lost")));
        File.Delete(folder.File("log"));
        using var daemon = Listen(folder.File("log"));
        output.Write(Event("two"));
        Assert.EndsWith(": two", Receive(daemon), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_daemon_is_looked_for_once_a_second()
    {
        using var folder = new TemporaryFolder();
        using var output = new SyslogOutput(folder.File("log"), new SyslogTag("postfix", 2), _time);
        Assert.ThrowsAny<SocketException>(() => output.Write(Event("lost")));
        using var daemon = Listen(folder.File("log"));
        Assert.ThrowsAny<SocketException>(() => output.Write(Event("lost")));
        _time.Advance(TimeSpan.FromSeconds(2));
        output.Write(Event("kept"));
        Assert.EndsWith(": kept", Receive(daemon), StringComparison.Ordinal);
    }

    [Fact]
    public void A_daemon_that_does_not_read_costs_lines_and_no_time()
    {
        using var folder = new TemporaryFolder();
        using var daemon = Listen(folder.File("log"));
        using var output = new SyslogOutput(folder.File("log"), new SyslogTag("postfix", 2), _time);
        Assert.ThrowsAny<SocketException>(() =>
        {
            for (var i = 0; i < 100_000; i++) output.Write(Event("line"));
        });
    }

    [Theory]
    [InlineData("mail", 2)]
    [InlineData("local6", 22)]
    [InlineData("DAEMON", 3)]
    [InlineData("none such", 2)]
    public void Facilities_have_their_codes(string name, int code) => Assert.Equal(code, Facilities.Find(name));

    private LogEvent Event(string text) => MailLogEvents.Create(_time.GetLocalNow(), LogEventLevel.Information, "smtpd", text);

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[10_000];
        Assert.True(socket.Poll(5_000_000, SelectMode.SelectRead));
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
