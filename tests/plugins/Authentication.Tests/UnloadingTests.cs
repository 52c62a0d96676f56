using PolicyMTA.Authentication.Dovecot;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Authentication.Tests.Dovecot;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

public sealed class UnloadingTests
{
    [Theory]
    [InlineData("{SHA512-CRYPT}$6$KG6jLnRmKR0wVLib$qiNCA2p0ErStPkBLyB/zU52xEA4VabKRJbYJUxR8BpfaKbxqlOVyhAhXOHOLb7SVIVzqil757gTJhR2iFODW9.")]
    [InlineData("{BLF-CRYPT}$2y$05$FUKPWrS9iEHO7ziCRxLpyeq3qeSfCY83Qcw8puvUuVoQa3blKOdpK")]
    [InlineData("{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$OY808kK8KqPnVPkuQXF4kg$9EtaHVChuypl5DMWf1nIt5AGV+sgIdsjcQV3YRou/Aw")]
    public async Task Passwords_plugin_leaves_nothing_behind(string hash) =>
        Assert.True(await Unloading.LeavesAfterAsync(typeof(PasswordsPlugin).Assembly.Location, async bench =>
        {
            bench.Values["smtpd_sasl_password_table"] = "accounts";
            bench.OpenTables["accounts"] = new FakeAccounts { ["a"] = hash };
            await using var authenticator = bench.Authenticator("passwords");
            await using var conversation = authenticator.Start("PLAIN", null!);
            Assert.IsType<SaslStep.Success>(await conversation.AdvanceAsync("\0a\0secret"u8.ToArray(), CancellationToken.None));
        }));

    [Fact]
    public async Task Neither_does_pam()
    {
        PamTests.Require();
        Assert.True(await Unloading.LeavesAfterAsync(typeof(PasswordsPlugin).Assembly.Location, async bench =>
        {
            await using var authenticator = bench.Authenticator("pam");
            await using var conversation = authenticator.Start("PLAIN", new ClientContext(DovecotBench.Session));
            Assert.IsNotType<SaslStep.Success>(await conversation.AdvanceAsync("\0no such user\0secret"u8.ToArray(), CancellationToken.None));
        }));
    }

    [Fact]
    public async Task Dovecot_plugin_leaves_nothing_behind()
    {
        var folder = Directory.CreateTempSubdirectory("policymta-dovecot-");
        await using var dovecot = new FakeDovecot(Path.Combine(folder.FullName, "auth"), line => $"OK\t{line.Split('\t')[1]}\tuser=alice");
        Assert.True(await Unloading.LeavesAfterAsync(typeof(DovecotPlugin).Assembly.Location, async bench =>
        {
            (bench.Values["smtpd_sasl_path"], bench.Values["queue_directory"]) = ("auth", folder.FullName);
            await using (var authenticator = bench.Authenticator("dovecot"))
            {
                await using var conversation = authenticator.Start("PLAIN", new ClientContext(DovecotBench.Session));
                Assert.IsType<SaslStep.Success>(await conversation.AdvanceAsync("\0alice\0secret"u8.ToArray(), CancellationToken.None));
            }
            await bench.EndWorkAsync();
        }));
        folder.Delete(recursive: true);
    }
}
