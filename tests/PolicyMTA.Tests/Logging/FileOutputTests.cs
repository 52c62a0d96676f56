using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Logging;
using Serilog.Events;

namespace PolicyMTA.Tests.Logging;

public sealed class FileOutputTests
{
    [Fact]
    public void A_rotated_file_is_let_go_within_a_second()
    {
        using var folder = new TemporaryFolder();
        var time = new FakeTimeProvider();
        using var output = new FileOutput(folder.File("log/mail.log"), new ConsoleFormat(), time);
        Write(output, time, "one");
        File.Move(folder.File("log/mail.log"), folder.File("log/mail.log.1"));
        time.Advance(TimeSpan.FromSeconds(1.5));
        Write(output, time, "two");
        Assert.Contains("one", File.ReadAllText(folder.File("log/mail.log.1")), StringComparison.Ordinal);
        Assert.Contains("two", File.ReadAllText(folder.File("log/mail.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_added_to_what_is_there()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("mail.log", "before\n");
        using (var output = new FileOutput(file, new ConsoleFormat(), TimeProvider.System)) Write(output, TimeProvider.System, "after");
        Assert.StartsWith("before\n", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.EndsWith("after\n", File.ReadAllText(file), StringComparison.Ordinal);
    }

    private static void Write(FileOutput output, TimeProvider time, string text)
    {
        output.Write(MailLogEvents.Create(time.GetLocalNow(), LogEventLevel.Information, "smtpd", text));
        output.Flush();
    }
}
