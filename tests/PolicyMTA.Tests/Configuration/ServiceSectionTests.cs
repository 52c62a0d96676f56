using PolicyMTA.Configuration;

namespace PolicyMTA.Tests.Configuration;

public sealed class ServiceSectionTests
{
    private const string Good = "command = [\"/usr/bin/policyd-spf\", \"a b\", \"$x\"]\nlisten = \"private/policy-spf\"\n";

    [Fact]
    public void A_service_keeps_its_words_and_its_socket_begins_at_the_queue_directory()
    {
        var service = Assert.Single(Read("queue_directory = \"spool\"\n", Good + "user = \"nobody\"\ntime_limit = \"3600\"\nprocess_limit = 7\nmode = \"0660\"\n").Configuration!.Services);
        Assert.Equal("/srv/spool/private/policy-spf", service.Listen.ToString());
        Assert.Equal(["/usr/bin/policyd-spf", "a b", "$x"], service.Spawn.Command);
        Assert.Equal(("spf", "nobody", TimeSpan.FromHours(1), 7, "/", 0b110_110_000), (service.Name, service.Spawn.User, service.Spawn.TimeLimit, service.Spawn.ProcessLimit, service.Spawn.Directory, (int)service.Mode));
    }

    [Fact]
    public void What_is_not_said_is_as_in_Postfix()
    {
        var service = Assert.Single(Read("", Good).Configuration!.Services);
        Assert.Equal(((string?)null, TimeSpan.FromSeconds(1000), 100, 0b110_000_000), (service.Spawn.User, service.Spawn.TimeLimit, service.Spawn.ProcessLimit, (int)service.Mode));
    }

    [Theory]
    [InlineData("listen = \"x\"", "1:1: [services.spf] needs a key 'command'")]
    [InlineData("command = \"/bin/cat\"", "1:1: [services.spf] needs a key 'listen'")]
    [InlineData("command = \"cat\"\nlisten = \"x\"", "2:11: 'cat' is no full path of a program")]
    [InlineData(Good + "mode = \"rw\"", "4:8: mode: 'rw' is no file mode such as 0660")]
    [InlineData(Good + "process_limit = 0", "4:17: process_limit is a number from 1 to 10000")]
    [InlineData(Good + "process_limit = 10001", "4:17: process_limit is a number from 1 to 10000")]
    [InlineData(Good + "time_limit = \"0s\"", "4:14: time_limit is a time above 0")]
    [InlineData(Good + "tine_limit = 1", "4:1: unknown key 'tine_limit'; did you mean 'time_limit'?")]
    [InlineData("command = \"/bin/cat\"\nlisten = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", "is too long for a socket: 107 bytes at most")]
    [InlineData(Good + "[services.smtp]\n" + Good, "4:1: 'smtp' is a listener already: give the service another name")]
    [InlineData(Good + "[services.two]\n" + Good, "/srv/private/policy-spf is the socket of more than one service")]
    public void Mistake_is_told_with_its_place(string lines, string error) =>
        Assert.Contains(Read("", lines + "\n").Errors, found => $"{found.Line}:{found.Column}: {found.Message}".Contains(error, StringComparison.Ordinal));

    private static ConfigurationResult Read(string parameters, string lines) =>
        ConfigurationLoader.Parse($"{parameters}[services.spf]\n{lines}[listeners.smtp]\naddress = \"127.0.0.1:25\"\n", "/srv/policymta.toml", "/srv");
}
