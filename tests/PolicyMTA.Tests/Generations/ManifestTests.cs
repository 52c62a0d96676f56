using PolicyMTA.Composition;

namespace PolicyMTA.Tests.Generations;

/// <summary>Whatever the configuration says is part of a generation: a reload that changes only that is a change.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly Site _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("[pools.bulk]\naddresses = \"192.0.2.1\"\n", "[pools.bulk]\naddresses = \"192.0.2.2\"\n")]
    [InlineData("[transports.run]\ncommand = [\"/bin/true\"]\n", "[transports.run]\ncommand = [\"/bin/false\"]\n")]
    [InlineData("[transports.run]\nprotocol = \"smtp\"\n", "[transports.run]\nprotocol = \"smtp\"\nsmtp_helo_name = \"other.example\"\n")]
    [InlineData("[transports.run]\nprotocol = \"smtp\"\n", "[transports.run]\nprotocol = \"lmtp\"\n")]
    [InlineData("[transports.run]\ncommand = [\"/bin/true\"]\n", "[transports.run]\ncommand = [\"/bin/true\"]\ntime_limit = \"5s\"\n")]
    [InlineData("[http.judge]\nurl = \"https://one.invalid/\"\n", "[http.judge]\nurl = \"https://two.invalid/\"\n")]
    [InlineData("[events.alarm]\nurl = \"https://one.invalid/\"\n", "[events.alarm]\nurl = \"https://one.invalid/\"\ntimeout = \"9s\"\n")]
    [InlineData("[listeners.other]\naddress = \"unix:sock\"\n", "[listeners.other]\naddress = \"unix:sock\"\nmode = \"600\"\n")]
    public async Task A_section_that_changed_makes_another_generation(string before, string after)
    {
        var old = await HashAsync(before);
        Assert.Equal(old, await HashAsync(before + "# a comment\n"));
        Assert.NotEqual(old, await HashAsync(after));
    }

    private async Task<string> HashAsync(string sections)
    {
        _site.Configure("", "\n" + sections);
        var result = await MailServer.CheckAsync(_site.Configuration, _site.Options, CancellationToken.None);
        Assert.Empty(result.Errors);
        return result.Hash;
    }
}
