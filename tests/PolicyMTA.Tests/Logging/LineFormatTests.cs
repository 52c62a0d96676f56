using System.Text;
using System.Text.Json;
using PolicyMTA.Logging;
using Serilog.Events;

namespace PolicyMTA.Tests.Logging;

public sealed class LineFormatTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 2, 9, 5, 0, TimeSpan.Zero);

    [Fact]
    public void A_file_line_is_one_that_a_syslog_daemon_would_write() =>
        Assert.Equal($"Nov  2 09:05:00 mx postfix/smtpd[{Environment.ProcessId}]: connect from a[192.0.2.1]\n", Format(new SyslogFileFormat(new SyslogTag("postfix", 2), "mx"), "connect from a[192.0.2.1]"));

    [Fact]
    public void A_warning_says_so() =>
        Assert.EndsWith("]: warning: slow\n", Format(new SyslogFileFormat(new SyslogTag("postfix", 2), "mx"), "slow", LogEventLevel.Warning), StringComparison.Ordinal);

    [Theory]
    [InlineData("helo=<a\r\nNov 2 forged>", "helo=<a Nov 2 forged>")]
    [InlineData("a\u001b[31mb\0c\u2028d\u0085e", "a?[31mb?c?d?e")]
    public void What_a_client_says_can_not_start_a_line(string text, string written) =>
        Assert.Equal($"09:05:00 smtpd: {written}\n", Format(new ConsoleFormat(), text));

    [Fact]
    public void An_exception_is_named_on_the_same_line() =>
        Assert.Equal("09:05:00 smtpd: failed (InvalidOperationException: no way)\n", Format(new ConsoleFormat(), "failed", LogEventLevel.Information, new InvalidOperationException("no\nway".Replace('\n', ' '))));

    [Fact]
    public void Json_keeps_every_value_under_its_name()
    {
        var line = new LineBuffer();
        new JsonFormat().Append(MailLogEvents.Create(Time, LogEventLevel.Information, new(MailLogEvents.CategoryProperty, new ScalarValue("smtpd")), "size=5", null, [new("Size", new ScalarValue(5))]), line);
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(line.Written));
        Assert.Equal("size=5", json.RootElement.GetProperty("@m").GetString());
        Assert.Equal(5, json.RootElement.GetProperty("Size").GetInt32());
    }

    private static string Format(ILineFormat format, string text, LogEventLevel level = LogEventLevel.Information, Exception? exception = null)
    {
        var line = new LineBuffer();
        format.Append(MailLogEvents.Create(Time, level, new(MailLogEvents.CategoryProperty, new ScalarValue("smtpd")), text, exception, []), line);
        return Encoding.UTF8.GetString(line.Written);
    }
}
