using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>The second form of <c>samples/guide</c>, with the programs that the guide sets up: OpenDKIM, OpenDMARC, policyd-spf, spamd and Dovecot.</summary>
public sealed class GuideProgramsTests
{
    [Theory]
    [InlineData("postfix-3.10.json")]
    [InlineData("postfix-softbounce.json")]
    [InlineData("postfix-aswritten.json")]
    [InlineData("postfix-bnreject.json")]
    public Task Every_recorded_session_is_answered_as_the_guides_server_answers_it(string reference)
    {
        Require();
        return RecordedSessions.PlayAsync("external", reference);
    }

    [Fact]
    public Task What_the_import_makes_of_the_guides_files_answers_every_recorded_session_alike()
    {
        Require();
        return RecordedSessions.PlayAsync("imported", "postfix-3.10.json");
    }

    [Fact]
    public async Task The_guide_as_it_stands_sends_signs_verifies_filters_and_is_read_over_IMAP()
    {
        Require();
        var result = await Command.RunAsync(Path.Combine(Repository.Root, "tests", "Peers", "guide.sh"), [], patienceFor: TimeSpan.FromMinutes(4));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Equal(18, result.Lines.Count(line => line.StartsWith("holds: ", StringComparison.Ordinal)));
    }

    private static void Require()
    {
        RecordedSessions.Require();
        Command.Require("dovecot", "opendkim", "opendmarc", "spamd");
        UnpackedPeers.Require("postfix-policyd-spf-python");
    }
}
