using PolicyMTA.Configuration;

namespace PolicyMTA.Tests.Configuration;

public sealed class TransportSectionTests
{
    [Fact]
    public void Command_keeps_its_words_and_macros()
    {
        var section = Read("[transports.spam]\ncommand = [\"/usr/bin/filter\", \"-f\", \"${sender}\", \"a b\"]\nflags = \"DRhu\"\nuser = \"nobody\"\neol = \"\\\\r\\\\n\"\ntime_limit = \"2m\"\n").Configuration!.Transports["spam"];
        var pipe = Assert.IsType<TransportSection.Pipe>(section).Settings;

        Assert.Equal(["/usr/bin/filter", "-f", "${sender}", "a b"], pipe.Command);
        Assert.Equal(("DRhu", "nobody", "\r\n", TimeSpan.FromMinutes(2), "/"), (pipe.Flags, pipe.User, pipe.EndOfLine, pipe.TimeLimit, pipe.Directory));
    }

    [Fact]
    public void Client_has_its_own_settings_over_those_of_the_server()
    {
        var configuration = Read("smtp_helo_name = \"all.example\"\nsmtp_connect_timeout = \"7s\"\n[transports.slow]\nprotocol = \"smtp\"\nsmtp_helo_name = \"slow.example\"\n").Configuration!;

        var client = Assert.IsType<TransportSection.Client>(configuration.Transports["slow"]);
        Assert.Equal(("smtp", "slow.example", TimeSpan.FromSeconds(7)), (client.Protocol, client.Parameters.Text("smtp_helo_name"), client.Parameters.Duration("smtp_connect_timeout")));
        Assert.Equal("all.example", configuration.Parameters.Text("smtp_helo_name"));
    }

    [Theory]
    [InlineData("", "1:1: [transports.spam] needs a key 'command', or 'protocol'")]
    [InlineData("protocol = \"uucp\"", "2:12: protocol: 'uucp' is none of smtp, lmtp")]
    [InlineData("protocol = \"smtp\"\nsmtp_tls_securty_level = \"none\"", "3:1: unknown key 'smtp_tls_securty_level'; did you mean 'smtp_tls_security_level'?")]
    [InlineData("protocol = \"smtp\"\nlmtp_connect_timeout = \"1s\"", "3:1: unknown key 'lmtp_connect_timeout'")]
    [InlineData("protocol = \"smtp\"\nsmtp_connect_timeout = \"soon\"", "3:24: smtp_connect_timeout")]
    [InlineData("protocol = \"smtp\"\ncommand = \"/bin/cat\"", "3:1: unknown key 'command'")]
    [InlineData("command = \"filter\"", "2:11: 'filter' is no full path of a program")]
    [InlineData("command = [\"/bin/cat\", \"${recipent}\"]", "2:11: there is no macro 'recipent'; did you mean 'recipient'?")]
    [InlineData("command = \"/bin/cat\"\nflags = \"DZ\"", "3:9: there is no flag 'Z'; there are BDFORXhqu.>")]
    [InlineData("command = \"/bin/cat\"\ncolour = 1", "3:1: unknown key 'colour'")]
    public void Mistake_is_told_with_its_place(string lines, string error) =>
        Assert.Contains(Read("[transports.spam]\n" + lines + "\n").Errors, found => $"{found.Line}:{found.Column}: {found.Message}".StartsWith(error, StringComparison.Ordinal));

    [Fact]
    public void Name_of_a_built_in_transport_is_refused() => Assert.Contains(Read("[transports.smtp]\ncommand = \"/bin/cat\"\n").Errors, error => error.Message.Contains("'smtp' is a transport of the program itself", StringComparison.Ordinal));

    private static ConfigurationResult Read(string text) => ConfigurationLoader.Parse(text + "[listeners.smtp]\naddress = \"127.0.0.1:25\"\n", "/srv/policymta.toml", "/srv");
}
