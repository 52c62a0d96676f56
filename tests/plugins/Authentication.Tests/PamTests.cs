using System.Text;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Authentication.Passwords.Pam;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

/// <summary>The machine's own PAM, with services in a folder of the test.</summary>
public sealed class PamTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-pam-").FullName;
    private readonly PamThreads _threads = new();

    public PamTests() => Require();

    internal static void Require()
    {
        if (PamLibrary.IsInstalled() && Directory.EnumerateFiles("/usr/lib", "pam_exec.so", SearchOption.AllDirectories).Any()) return;
        const string why = "libpam with its modules is not installed";
        if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail(why);
        Assert.Skip(why);
    }

    public async ValueTask DisposeAsync()
    {
        await _threads.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private PamCheck Service(params string[] lines)
    {
        File.WriteAllLines(Path.Combine(_folder, "smtp"), lines);
        return new PamCheck(_threads, "smtp", _folder, "192.0.2.7");
    }

    private static async Task<SaslStep> LogInAsync(PamCheck check, string user, string password) =>
        await check.CheckAsync(user, Encoding.UTF8.GetBytes(password), CancellationToken.None);

    [Fact]
    public async Task Modules_decide_by_name_password_and_client()
    {
        var script = Path.Combine(_folder, "check");
        await File.WriteAllTextAsync(script, "#!/bin/sh\n[ \"$PAM_USER/$PAM_RHOST/$PAM_SERVICE/$(tr -d '\\000')\" = alice/192.0.2.7/smtp/pencil ]\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var check = Service($"auth [success=done default=ignore] pam_exec.so quiet expose_authtok {script}", "auth required pam_deny.so", "account required pam_permit.so");
        Assert.Equal(new SaslStep.Success("alice"), await LogInAsync(check, "alice", "pencil"));
        Assert.Equal(new SaslStep.Failure("(reason unavailable)", "alice"), await LogInAsync(check, "alice", "pen"));
        Assert.Equal(new SaslStep.Failure("(reason unavailable)", "bob"), await LogInAsync(check, "bob", "pencil"));
    }

    [Fact]
    public async Task Account_must_be_in_order_too()
    {
        Assert.IsType<SaslStep.Success>(await LogInAsync(Service("auth required pam_permit.so", "account required pam_permit.so"), "alice", "x"));
        Assert.IsType<SaslStep.Failure>(await LogInAsync(Service("auth required pam_permit.so", "account required pam_deny.so"), "alice", "x"));
        Assert.IsType<SaslStep.Failure>(await LogInAsync(Service("auth required pam_deny.so", "account required pam_permit.so"), "alice", "x"));
    }

    [Fact]
    public async Task What_is_broken_is_no_wrong_password() =>
        Assert.IsType<SaslStep.TemporaryFailure>(await LogInAsync(Service("auth required pam_of_nobody.so", "account required pam_permit.so"), "alice", "x"));

    [Fact]
    public async Task A_failure_does_not_hold_a_thread_back()
    {
        var check = Service("auth optional pam_faildelay.so delay=30000000", "auth required pam_deny.so", "account required pam_permit.so");
        Assert.IsType<SaslStep.Failure>(await LogInAsync(check, "alice", "x").WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System));
    }

    [Fact]
    public async Task Modules_that_hang_fill_their_threads_and_a_line_and_no_more()
    {
        using var release = new ManualResetEventSlim();
        var running = 0;
        var taken = new List<Task<bool>>();
        for (var i = 0; i < PamThreads.Count; i++) taken.Add(Assert.IsType<Task<bool>>(_threads.Run(Hang)));
        while (Volatile.Read(ref running) < PamThreads.Count) await Task.Yield();
        for (var i = 0; i < PamThreads.WaitingLimit; i++) taken.Add(Assert.IsType<Task<bool>>(_threads.Run(Hang)));
        Assert.Null(_threads.Run(Hang));
        Assert.Equal(new SaslStep.TemporaryFailure("too many logins at once"), await LogInAsync(Service("auth required pam_permit.so"), "alice", "x"));
        release.Set();
        Assert.All(await Task.WhenAll(taken), Assert.True);

        bool Hang()
        {
            Interlocked.Increment(ref running);
            return release.Wait(TimeSpan.FromSeconds(30));
        }
    }
}
