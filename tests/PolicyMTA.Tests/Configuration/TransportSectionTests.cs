using PolicyMTA.Configuration;

namespace PolicyMTA.Tests.Configuration;

public sealed class TransportSectionTests
{
    [Fact]
    public void Command_keeps_its_words_and_macros()
    {
        var pipe = Read("[transports.spam]\ncommand = [\"/usr/bin/filter\", \"-f\", \"${sender}\", \"a b\"]\nflags = \"DRhu\"\nuser = \"nobody\"\neol = \"\\\\r\\\\n\"\ntime_limit = \"2m\"\n").Configuration!.Transports["spam"].Pipe;

        Assert.Equal(["/usr/bin/filter", "-f", "${sender}", "a b"], pipe.Command);
        Assert.Equal(("DRhu", "nobody", "\r\n", TimeSpan.FromMinutes(2), "/"), (pipe.Flags, pipe.User, pipe.EndOfLine, pipe.TimeLimit, pipe.Directory));
    }

    [Theory]
    [InlineData("", "1:1: [transports.spam] needs a key 'command'")]
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
