namespace PolicyMTA.EndToEnd;

/// <summary>Commands that plugins bring.</summary>
public sealed class PluginCommandTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    [Fact]
    public async Task Command_of_a_plugin_runs_by_its_name_with_the_configuration()
    {
        var made = await quickstart.Server.PolicymtaAsync("dkim", "keygen", "example.test", "first", "--folder", "dkim");
        Assert.Equal((0, ""), (made.ExitCode, made.Errors));
        Assert.Contains("first._domainkey.example.test. IN TXT ( \"v=DKIM1; k=rsa; p=", made.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(quickstart.Server.Root, "dkim", "first.private")));
        var wrong = await quickstart.Server.PolicymtaAsync("dkim", "sign");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("policymta dkim check", wrong.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Word_that_nobody_knows_is_a_mistake()
    {
        var result = await quickstart.Server.PolicymtaAsync("dkin");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("dkin", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_tell_their_commands() => Assert.Contains("command dkim", (await quickstart.Server.PolicymtaAsync("plugins")).Output, StringComparison.Ordinal);
}
