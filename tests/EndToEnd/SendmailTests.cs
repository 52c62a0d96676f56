
namespace PolicyMTA.EndToEnd;

/// <summary>What cron jobs, scripts and mail(1) do: the program called by the names they know.</summary>
public sealed class SendmailTests(Quickstart quickstart) : IClassFixture<Quickstart>, IDisposable
{
    private const int Usage = 64;

    private readonly LegacyPrograms _programs = new(quickstart.Server);

    [Fact]
    public async Task Recipients_come_from_the_header_section_and_Bcc_is_nobodys_business()
    {
        var sent = await _programs.ShellAsync("printf 'To: Alice <alice@example.test>\\nBcc: bob@example.test\\nSubject: with -t\\n\\nhello\\n.\\nstill here\\n' | sendmail -t -oi");
        Assert.True(sent.ExitCode == 0, sent.Errors);
        foreach (var user in (string[])["alice", "bob"])
        {
            var mail = await quickstart.Server.MailWithAsync(user, "Subject: with -t");
            Assert.Contains("\nstill here", mail, StringComparison.Ordinal);
            Assert.DoesNotContain("bcc", mail.Split("\n\n")[0].Split("\r\n\r\n")[0], StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("", "before the dot", "after the dot")]
    [InlineData("-i", "after the dot", null)]
    public async Task Dot_ends_the_message_unless_told_otherwise(string option, string expected, string? unexpected)
    {
        var subject = $"Subject: dot {option}!";
        await SendAsync([.. option.Split(' ', StringSplitOptions.RemoveEmptyEntries), "alice@example.test"], $"{subject}\n\nbefore the dot\n.\nafter the dot\n");
        var mail = await quickstart.Server.MailWithAsync("alice", subject);
        Assert.Contains(expected, mail, StringComparison.Ordinal);
        if (unexpected is not null) Assert.DoesNotContain(unexpected, mail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-f", "carol@example.org", "carol@example.org")]
    [InlineData("-r", "Carol <carol@example.org>", "carol@example.org")]
    [InlineData("-f", "", "")]
    [InlineData("-f", "<>", "")]
    public async Task Sender_is_what_was_said(string option, string given, string expected)
    {
        var subject = $"Subject: from {option} {given.Length}{given.Trim('<')}";
        await SendAsync([option, given, "-F", "Carol", "alice@example.test"], $"{subject}\n\nbody\n");
        var mail = await quickstart.Server.MailWithAsync("alice", subject);
        Assert.Contains($"Return-Path: <{expected}>", mail, StringComparison.Ordinal);
        Assert.Contains("From: Carol <", mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_can_be_a_session()
    {
        var result = await RunAsync("sendmail", ["-bs"], "EHLO here\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nSubject: by -bs\r\n\r\n..dot\r\n.\r\nRCPT TO:<x@y>\r\nQUIT\r\n");
        Assert.Equal((0, "220 250 250 250 354 250 503 221"), (result.ExitCode, string.Join(' ', result.Lines.Where(line => line.Length > 3 && line[3] == ' ').Select(line => line[..3]))));
        Assert.Contains("\n.dot", await quickstart.Server.MailWithAsync("alice", "Subject: by -bs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Success_report_is_sent_when_it_is_asked_for()
    {
        await SendAsync(["-f", "bob@example.test", "-N", "success", "-V", "envelope-1", "-R", "hdrs", "alice@example.test"], "Subject: report me\n\nbody\n");
        var report = await quickstart.Server.MailWithAsync("bob", "envelope-1");
        Assert.Contains("Action: delivered", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Question_is_answered_and_nothing_is_delivered()
    {
        var asked = await RunAsync("sendmail", ["-bv", "-f", "bob@example.test", "sales@example.test", "nobody-there@example.test"], "never read\n");
        Assert.Equal((0, "Mail Delivery Status Report will be mailed to <bob@example.test>."), (asked.ExitCode, asked.Output.TrimEnd()));
        var good = await quickstart.Server.MailWithAsync("bob", "Action: deliverable");
        Assert.Contains("Subject: Mail Delivery Status Report", good, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822; alice@example.test", good, StringComparison.Ordinal);
        Assert.Contains("(expanded from <sales@example.test>): delivers to maildir", good, StringComparison.Ordinal);
        var bad = await quickstart.Server.MailWithAsync("bob", "Action: undeliverable");
        Assert.Contains("<nobody-there@example.test>: unknown user", bad, StringComparison.Ordinal);
        Assert.DoesNotContain(await quickstart.Server.MailAsync("alice", count: 0), mail => mail.Contains("never read", StringComparison.Ordinal));
        await quickstart.Server.SaysAsync("to=<nobody-there@example.test>", "status=undeliverable");
    }

    [Theory]
    [InlineData("sendmail", Usage)]
    [InlineData("sendmail -t", Usage)]
    [InlineData("sendmail -N sometimes alice@example.test", Usage)]
    [InlineData("sendmail -R some alice@example.test", Usage)]
    [InlineData("sendmail -f a@x,b@y alice@example.test", Usage)]
    [InlineData("postqueue", Usage)]
    [InlineData("postqueue -p -f", Usage)]
    [InlineData("postcat", Usage)]
    [InlineData("sendmail -Z", Usage)]
    public async Task Mistakes_have_the_codes_of_sysexits(string line, int code)
    {
        var result = await _programs.ShellAsync(line);
        Assert.Equal(code, result.ExitCode);
        Assert.StartsWith($"{line.Split(' ')[0]}: fatal: ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subcommand_does_the_same_as_the_name()
    {
        var sent = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["--config", Path.Combine(quickstart.Server.Root, "policymta.toml"), "sendmail", "alice@example.test"], "Subject: by subcommand\n\nbody\n");
        Assert.True(sent.ExitCode == 0, sent.Errors);
        await quickstart.Server.MailWithAsync("alice", "Subject: by subcommand");
    }

    [Fact]
    public async Task Mail_of_the_mail_command_arrives()
    {
        Command.Require("s-nail");
        var sent = await _programs.ShellAsync("echo hello | s-nail -S v15-compat -S mta=$(command -v sendmail) -s 'by mail(1)' alice@example.test");
        Assert.True(sent.ExitCode == 0, sent.Errors);
        await quickstart.Server.MailWithAsync("alice", "Subject: by mail(1)");
    }

    private Task<CommandResult> RunAsync(string name, IEnumerable<string> arguments, string input = "") => _programs.RunAsync(name, arguments, input);

    private async Task SendAsync(IEnumerable<string> arguments, string message)
    {
        var sent = await RunAsync("sendmail", arguments, message);
        Assert.True(sent.ExitCode == 0, sent.Errors);
    }

    public void Dispose() => _programs.Dispose();
}
