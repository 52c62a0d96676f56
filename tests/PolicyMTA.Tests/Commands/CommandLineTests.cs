using PolicyMTA.Commands;

namespace PolicyMTA.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("no-such-command")]
    [InlineData("quickstart", "--smtp-port", "70000")]
    [InlineData("quickstart", "--listen", "nowhere")]
    [InlineData("queue", "show")]
    [InlineData("serve", "--unknown")]
    public async Task Bad_usage_is_exit_code_2(params string[] arguments) => Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync(arguments, "policymta", TimeProvider.System));

    [Fact]
    public async Task A_missing_configuration_fails()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ExitCode.Failed, await CommandLine.RunAsync(["serve", "--config", folder.File("policymta.toml")], "policymta", TimeProvider.System));
    }

    [Fact]
    public async Task A_client_without_a_server_fails()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("policymta.toml", "myhostname = \"mx.example\"\n\n[listeners.smtp]\naddress = \"127.0.0.1:0\"\n");
        Assert.Equal(ExitCode.Failed, await CommandLine.RunAsync(["queue", "list", "--config", file], "policymta", TimeProvider.System));
    }
}
