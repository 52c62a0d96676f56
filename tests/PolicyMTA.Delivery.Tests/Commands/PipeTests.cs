using System.Diagnostics;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Commands;

/// <summary>Messages into real commands.</summary>
public sealed class PipeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Command_gets_its_arguments_and_the_message_with_the_fields_asked_for()
    {
        var script = Script("printf '%s\\n' \"$@\" > \"$0.args\"; cat > \"$0.in\"");
        var pipe = new PipeSettings { Command = [script, "-f", "${sender}", "-d", "$(user)+${extension}@$domain", "$$5"], Flags = "DORhu" };

        var outcome = Assert.Single(await SendAsync(pipe, Post.Message("Subject: x\r\n\r\nFrom here\r\n.dot\r\n"), "Ann+List@Example.TEST"));

        Assert.Equal((DeliveryAction.Delivered, "delivered via command", "filter"), (outcome.Action, outcome.Text, outcome.Relay));
        Assert.Equal(["-f", "joe@good.test", "-d", "ann+list@example.test", "$5"], await File.ReadAllLinesAsync(script + ".args"));
        Assert.Equal("Return-Path: <joe@good.test>\nX-Original-To: Ann+List@Example.TEST\nDelivered-To: Ann+List@Example.TEST\nSubject: x\n\nFrom here\n.dot\n", await File.ReadAllTextAsync(script + ".in"));
    }

    [Fact]
    public async Task Flags_change_the_lines_and_the_end()
    {
        var script = Script("cat > \"$0.in\"");
        await SendAsync(new PipeSettings { Command = [script], Flags = "FB.>", EndOfLine = "\r\n" }, Post.Message("Subject: x\r\n\r\nFrom here\r\nFrom\r\n.dot\r\nlast", ""), "a@b.test");

        Assert.Equal("From MAILER-DAEMON  Sun Nov 22 16:45:56 2026\r\nSubject: x\r\n\r\n>From here\r\nFrom\r\n..dot\r\nlast\r\n\r\n", await File.ReadAllTextAsync(script + ".in"));
    }

    [Fact]
    public async Task Argument_about_the_recipient_stands_once_for_each()
    {
        var script = Script("printf '%s\\n' \"$@\" > \"$0.args\"; cat > /dev/null");
        var outcomes = await SendAsync(new PipeSettings { Command = [script, "--", "${recipient}"] }, Post.Message(), "a@b.test", "c@d.test");

        Assert.Equal([0, 1], outcomes.Select(outcome => outcome.Recipient));
        Assert.Equal(["--", "a@b.test", "c@d.test"], await File.ReadAllLinesAsync(script + ".args"));
    }

    [Theory]
    [InlineData(0, DeliveryAction.Delivered, "2.0.0", "delivered via command")]
    [InlineData(1, DeliveryAction.Failed, "5.3.0", "Command died with status 1: \"{0}\"")]
    [InlineData(64, DeliveryAction.Failed, "5.3.0", "command line usage error")]
    [InlineData(65, DeliveryAction.Failed, "5.6.0", "data format error")]
    [InlineData(66, DeliveryAction.Failed, "5.3.0", "cannot open input")]
    [InlineData(67, DeliveryAction.Failed, "5.1.1", "user unknown")]
    [InlineData(68, DeliveryAction.Failed, "5.1.2", "host name unknown")]
    [InlineData(69, DeliveryAction.Failed, "5.3.0", "service unavailable")]
    [InlineData(70, DeliveryAction.Failed, "5.3.0", "internal software error")]
    [InlineData(71, DeliveryAction.Deferred, "4.3.0", "system resource problem")]
    [InlineData(72, DeliveryAction.Failed, "5.3.0", "critical OS file missing")]
    [InlineData(73, DeliveryAction.Failed, "5.2.0", "can't create user output file")]
    [InlineData(74, DeliveryAction.Failed, "5.3.0", "input/output error")]
    [InlineData(75, DeliveryAction.Deferred, "4.3.0", "temporary failure")]
    [InlineData(76, DeliveryAction.Failed, "5.5.0", "remote error in protocol")]
    [InlineData(77, DeliveryAction.Failed, "5.7.0", "permission denied")]
    [InlineData(78, DeliveryAction.Failed, "5.3.5", "local configuration error")]
    public async Task Exit_code_decides(int code, DeliveryAction action, string status, string text)
    {
        var script = Script($"cat > /dev/null; exit {code}");
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = [script] }));
        Assert.Equal((action, status, text.Replace("{0}", script, StringComparison.Ordinal)), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Theory]
    [InlineData("echo '4.2.2 the mailbox is full'; exit 77", "4.2.2", "the mailbox is full")]
    [InlineData("echo 'no  such'; echo 'user' >&2; exit 67", "5.1.1", "user unknown. Command output: no such user")]
    [InlineData("echo '2.0.0 fine'; exit 75", "4.3.0", "temporary failure. Command output: 2.0.0 fine")]
    [InlineData("kill -9 $$", "4.3.0", "Command died with signal 9: \"{0}\"")]
    public async Task What_it_says_and_how_it_dies_is_told(string script, string status, string text)
    {
        var command = Script(script);
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = [command] }));
        Assert.Equal((status, text.Replace("{0}", command, StringComparison.Ordinal)), (outcome.Status.ToString(), outcome.Text));
    }

    [Fact]
    public async Task Command_that_hangs_is_ended_with_its_children()
    {
        var script = Script("sleep 300 & echo $! > \"$0.child\"; wait");
        var watch = Stopwatch.StartNew();
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = [script], TimeLimit = TimeSpan.FromSeconds(1) }));

        Assert.Equal(("4.3.0", $"Command time limit exceeded: \"{script}\""), (outcome.Status.ToString(), outcome.Text));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15));
        var child = (await File.ReadAllTextAsync(script + ".child")).Trim();
        for (var i = 0; i < 100 && IsAlive(child); i++) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.False(IsAlive(child));
    }

    [Theory]
    [InlineData("(sleep 300 & echo $! > \"$0.child\") & sleep 300")] // its parent is gone
    [InlineData("sh -c 'exec setsid sh -c \"(sleep 300 & echo \\$! > $0.child)\"' \"$0\" & sleep 300")] // a daemon: another session, no parent
    [InlineData("trap '' TERM HUP INT; echo $$ > \"$0.child\"; while :; do sleep 1; done")]
    public async Task Command_that_hangs_is_ended_with_what_has_left_it(string text)
    {
        var script = Script(text);
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = [script], TimeLimit = TimeSpan.FromSeconds(2) }));

        Assert.Equal("4.3.0", outcome.Status.ToString());
        var child = (await File.ReadAllTextAsync(script + ".child")).Trim();
        Assert.NotEqual("", child);
        for (var i = 0; i < 100 && IsAlive(child); i++) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.False(IsAlive(child));
    }

    [Fact]
    public async Task Child_of_a_command_that_has_done_its_work_lives_on()
    {
        var script = Script("cat > /dev/null; sleep 300 > /dev/null 2>&1 & echo $! > \"$0.child\"");
        Assert.Equal(DeliveryAction.Delivered, Assert.Single(await SendAsync(new PipeSettings { Command = [script] })).Action);
        var child = (await File.ReadAllTextAsync(script + ".child")).Trim();
        Assert.True(IsAlive(child));
        using var process = Process.GetProcessById(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture));
        process.Kill();
    }

    [Theory]
    [InlineData("D", "Delivered-To: A@b.test\n", "5.4.6")]
    [InlineData("D", "Delivered-To: c@b.test\n", "2.0.0")]
    [InlineData("R", "Delivered-To: a@b.test\n", "2.0.0")]
    public async Task Message_that_came_this_way_before_is_a_loop_when_its_field_is_put_in_front(string flags, string field, string status)
    {
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = [Script("cat > \"$0.in\"")], Flags = flags }, Post.Message(field + "\ntext\n"), "a@b.test"));
        Assert.Equal(status, outcome.Status.ToString());
        Assert.Equal(status == "2.0.0", File.Exists(Path.Combine(_folder.Path, "command.in")));
        if (status == "5.4.6") Assert.Equal("mail forwarding loop for a@b.test", outcome.Text);
    }

    [Fact]
    public async Task Flood_of_output_is_read_and_cut()
    {
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = [Script("head -c 20000000 /dev/zero | tr '\\0' x; cat > /dev/null; exit 69")] }));
        Assert.StartsWith("service unavailable. Command output: xxxx", outcome.Text, StringComparison.Ordinal);
        Assert.InRange(outcome.Text.Length, 4000, 4200);
    }

    [Fact]
    public async Task Command_that_reads_nothing_of_a_large_message_may_succeed()
    {
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = ["/bin/true"] }, Post.Message("Subject: x\r\n\r\n" + new string('x', 4_000_000)), "a@b.test"));
        Assert.Equal(DeliveryAction.Delivered, outcome.Action);
    }

    [Fact]
    public async Task Missing_command_keeps_the_mail()
    {
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = ["/no/such/program"] }));
        Assert.Equal((DeliveryAction.Deferred, "4.3.5"), (outcome.Action, outcome.Status.ToString()));
    }

    [Theory]
    [InlineData("-oQ@b.test")]
    [InlineData("a\nb@b.test")]
    public async Task Recipient_that_could_be_taken_for_something_else_never_reaches_a_command(string recipient)
    {
        var script = Script("touch \"$0.ran\"");
        var outcome = Assert.Single(await SendAsync(new PipeSettings { Command = [script, "${recipient}"] }, Post.Message(), recipient));
        Assert.Equal("5.1.3", outcome.Status.ToString());
        Assert.False(File.Exists(script + ".ran"));
    }

    [Theory]
    [InlineData(36, DeliveryAction.Delivered)]
    [InlineData(35, DeliveryAction.Failed)]
    public async Task Message_beyond_the_size_limit_is_returned(int limit, DeliveryAction action)
    {
        var message = Post.Message("From: joe@good.test\r\n\r\ntext of it\r\n\r\n");
        Assert.Equal(37, message.Content.Length);
        Assert.Equal(action, Assert.Single(await SendAsync(new PipeSettings { Command = ["/bin/cat"], SizeLimit = limit + 1 }, message, "a@b.test")).Action);
    }

    [Fact]
    public async Task Environment_is_not_ours()
    {
        Environment.SetEnvironmentVariable("POLICYMTA_TEST_SECRET", "s3cret");
        var script = Script("cat > /dev/null; env > \"$0.env\"");
        await SendAsync(new PipeSettings { Command = [script] });
        var text = await File.ReadAllTextAsync(script + ".env");
        Assert.Contains("PATH=/usr/local/bin", text, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_that_can_not_be_read_to_its_end_is_never_taken_for_a_whole_message()
    {
        var script = Script("cat > \"$0.in\"; touch \"$0.done\"");
        await Assert.ThrowsAsync<TemporaryFailureException>(() => SendAsync(new PipeSettings { Command = [script] }, Post.Message() with { Content = new TornContent() }, "a@b.test"));
        Assert.False(File.Exists(script + ".done"));
    }

    private sealed class TornContent : IMessageContent
    {
        public long Length => 100_000;
        public IReadOnlyList<ReadOnlyMemory<byte>>? Segments => null;
        public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken) => new(new TornStream());
    }

    private sealed class TornStream() : MemoryStream(new byte[40_000])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw new IOException("Input/output error") : base.ReadAsync(buffer, cancellationToken);
    }

    private static bool IsAlive(string pid) => Directory.Exists("/proc/" + pid) && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    private string Script(string text)
    {
        var path = Path.Combine(_folder.Path, "command");
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static Task<IReadOnlyList<RecipientOutcome>> SendAsync(PipeSettings pipe) => SendAsync(pipe, Post.Message(), "a@b.test");

    private static async Task<IReadOnlyList<RecipientOutcome>> SendAsync(PipeSettings pipe, QueuedMessage message, params string[] recipients)
    {
        var settings = Office.Settings() with { RecipientDelimiter = "+", Pipes = new Dictionary<string, PipeSettings> { ["filter"] = pipe } };
        await using var office = new Office(settings, time: TimeProvider.System);
        return await office.SendAsync(message, "b.test", "filter", recipients);
    }
}
