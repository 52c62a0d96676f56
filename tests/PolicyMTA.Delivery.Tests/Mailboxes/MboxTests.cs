using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Delivery.Tests.Support;

namespace PolicyMTA.Delivery.Tests.Mailboxes;

/// <summary>Files in mbox format, beside other programs that write them.</summary>
public sealed class MboxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileThreads _threads = new(4);

    public void Dispose()
    {
        _threads.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Dispose();
    }

    private string Box => Path.Combine(_folder.Path, "box");

    [Theory]
    [InlineData("", "")]
    [InlineData("From a\n\nx\n\n", "")]
    [InlineData("From a\n\nx\n", "\n")]
    [InlineData("From a\n\nto", "\n\n")]
    [InlineData("\n", "\n")]
    public async Task Message_begins_on_a_line_of_its_own_whatever_a_crash_left(string before, string between)
    {
        await File.WriteAllTextAsync(Box, before);
        await AppendAsync("From b\n\ny\n\n");
        Assert.Equal(before + between + "From b\n\ny\n\n", await File.ReadAllTextAsync(Box));
        Assert.False(File.Exists(Box + ".lock"));
    }

    [Fact]
    public async Task Write_that_breaks_off_is_cut_back()
    {
        await File.WriteAllTextAsync(Box, "From a\n\nto");
        await Assert.ThrowsAsync<IOException>(() => AppendAsync(file =>
        {
            file.Write("From b\n\nhalf"u8);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("From a\n\nto", await File.ReadAllTextAsync(Box));
        Assert.False(File.Exists(Box + ".lock"));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(9, false)]
    [InlineData(5, false)]
    [InlineData(0, true)]
    public async Task Size_limit_is_of_the_file_afterwards(long limit, bool fits)
    {
        await File.WriteAllTextAsync(Box, "old\n\n");
        var target = new MailboxTarget(Box, null) { SizeLimit = limit };
        if (fits) await AppendAsync("new\n\n", target);
        else Assert.Equal("error writing message: File too large", (await Assert.ThrowsAsync<MailboxFullException>(() => AppendAsync("new\n\n", target))).Message);
        Assert.Equal(fits ? "old\n\nnew\n\n" : "old\n\n", await File.ReadAllTextAsync(Box));
    }

    [Theory]
    [InlineData("fcntl", "import fcntl; f = open(sys.argv[1], 'a+'); fcntl.lockf(f, fcntl.LOCK_EX)")]
    [InlineData("flock", "import fcntl; f = open(sys.argv[1], 'a+'); fcntl.flock(f, fcntl.LOCK_EX)")]
    [InlineData("dotlock", "open(sys.argv[1] + '.lock', 'x')")]
    public async Task Lock_of_another_program_keeps_us_out_only_in_its_own_kind(string kind, string code)
    {
        await File.WriteAllTextAsync(Box, "");
        using var python = Python("import sys\n" + code + "\nprint('locked', flush=True)\nsys.stdin.read()");
        Assert.Equal("locked", await python.StandardOutput.ReadLineAsync());
        foreach (var other in MailboxLocking.Known)
        {
            var target = new MailboxTarget(Box, null) { Locking = new MailboxLocking { Kinds = [other], Attempts = 1 } };
            if (other == kind) Assert.Equal("unable to lock for exclusive access", (await Assert.ThrowsAsync<IOException>(() => AppendAsync("x\n\n", target))).Message);
            else await AppendAsync("x\n\n", target);
        }
        python.StandardInput.Close();
        await python.WaitForExitAsync();
        File.Delete(Box + ".lock");
        await AppendAsync("x\n\n", new MailboxTarget(Box, null) { Locking = new MailboxLocking { Kinds = [kind], Attempts = 10 } });
        Assert.Equal("x\n\nx\n\nx\n\n", await File.ReadAllTextAsync(Box));
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(20, 1)]
    public async Task Waiting_is_bounded_by_attempts_and_delay(int attempts, int delay)
    {
        var clock = new FakeTimeProvider(Post.Arrived);
        await File.WriteAllTextAsync(Box + ".lock", "");
        File.SetLastWriteTimeUtc(Box + ".lock", Post.Arrived.UtcDateTime);
        var target = new MailboxTarget(Box, null) { Locking = new MailboxLocking { Attempts = attempts, Delay = TimeSpan.FromSeconds(delay) } };
        var appending = new Mbox(_threads, clock).AppendAsync(target, file => file.Write("x\n\n"u8), CancellationToken.None);
        for (var i = 0; i < 2000 && !appending.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(delay) / 4);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        await Assert.ThrowsAsync<IOException>(() => appending);
        Assert.True(clock.GetUtcNow() - Post.Arrived >= TimeSpan.FromSeconds(delay) * (attempts - 1));
    }

    [Theory]
    [InlineData(500, false)]
    [InlineData(501, true)]
    public async Task Lock_file_is_stale_beyond_its_time(int age, bool isTaken)
    {
        await File.WriteAllTextAsync(Box + ".lock", "");
        File.SetLastWriteTimeUtc(Box + ".lock", Post.Arrived.UtcDateTime);
        Assert.False(DotLock.TryTake(Box, TimeSpan.FromSeconds(500), new FakeTimeProvider(Post.Arrived.AddSeconds(age)), out _));
        Assert.Equal(isTaken, !File.Exists(Box + ".lock"));
    }

    [Fact]
    public async Task Many_writers_of_two_programs_leave_every_message_whole()
    {
        await File.WriteAllTextAsync(Box, "");
        using var python = Python("""
            import mailbox, sys, time
            print('ready', flush=True)
            box = mailbox.mbox(sys.argv[1])
            for i in range(40):
                while True:
                    try:
                        box.lock(); break
                    except mailbox.ExternalClashError: time.sleep(0.002)
                box.add('From: p@x.test\nSubject: python %d\n\n' % i + 'p' * 20000 + '\n'); box.flush(); box.unlock(); box.close(); box = mailbox.mbox(sys.argv[1])
            """);
        Assert.Equal("ready", await python.StandardOutput.ReadLineAsync());
        var locking = new MailboxLocking { Attempts = 5000, Delay = TimeSpan.FromMilliseconds(3) };
        var body = new string('c', 20_000);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => AppendAsync($"From c@x.test  Sun Nov 22 16:45:56 2026\nSubject: ours {i}\n\n{body}\n\n", new MailboxTarget(Box, null) { Locking = locking })));
        await python.WaitForExitAsync();
        Assert.Equal("", await python.StandardError.ReadToEndAsync());

        Assert.Equal(Enumerable.Range(0, 40).SelectMany(i => new[] { $"ours {i} 20001", $"python {i} 20001" }).Order(), (await ReadAsync()).Order());
    }

    [Fact]
    public async Task Writer_that_is_killed_in_the_middle_spoils_no_other_message()
    {
        await AppendAsync("From a@x.test  Sun Nov 22 16:45:56 2026\nSubject: first\n\none\n\n");
        using (var python = Python("""
            import fcntl, os, sys
            f = open(sys.argv[1], 'ab', 0); fcntl.lockf(f, fcntl.LOCK_EX)
            f.write(b'From k@x.test  Sun Nov 22 16:45:56 2026\nSubject: torn\n\nhalf of a li')
            print('half', flush=True)
            os.kill(os.getpid(), 9)
            """))
        {
            Assert.Equal("half", await python.StandardOutput.ReadLineAsync());
            await python.WaitForExitAsync();
        }
        await AppendAsync("From b@x.test  Sun Nov 22 16:45:56 2026\nSubject: second\n\ntwo\n\n");
        Assert.Equal(["first 4", "torn 13", "second 4"], await ReadAsync());
    }

    // Subject and length of the text of each message, as Python sees them.
    private async Task<string[]> ReadAsync()
    {
        using var python = Python("import mailbox, sys\nfor m in mailbox.mbox(sys.argv[1]): print(m['Subject'], len(m.get_payload()))");
        return (await python.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private Process Python(string code)
    {
        if (!File.Exists("/usr/bin/python3"))
        {
            if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail("python3 is not installed");
            Assert.Skip("python3 is not installed");
        }
        var info = new ProcessStartInfo("/usr/bin/python3", ["-c", code, Box]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(info)!;
    }

    private Task AppendAsync(string text, MailboxTarget? target = null) => AppendAsync(file => file.Write(Encoding.ASCII.GetBytes(text)), target);

    private Task AppendAsync(Action<Stream> write, MailboxTarget? target = null) => new Mbox(_threads, TimeProvider.System).AppendAsync(target ?? new MailboxTarget(Box, null), write, CancellationToken.None);
}
