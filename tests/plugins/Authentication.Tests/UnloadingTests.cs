using PolicyMTA.Authentication.Passwords;
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
}
