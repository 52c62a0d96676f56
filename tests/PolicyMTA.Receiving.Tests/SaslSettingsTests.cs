using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

public sealed class SaslSettingsTests
{
    [Theory]
    [InlineData("PLAIN LOGIN", "plain", true)]
    [InlineData("PLAIN LOGIN", "SCRAM-SHA-256", false)]
    [InlineData("!external static:rest", "EXTERNAL", false)]
    [InlineData("!external static:rest", "PLAIN", true)]
    [InlineData("static:rest !external", "EXTERNAL", true)]
    [InlineData("!!PLAIN", "PLAIN", true)]
    [InlineData("!static:all", "PLAIN", false)]
    public void The_first_word_that_fits_decides_whether_a_mechanism_is_offered(string words, string mechanism, bool isOffered) =>
        Assert.Equal(isOffered, Accounts.Filter(words).Allows(mechanism));

    [Theory]
    [InlineData("hash:/etc/mechanisms")]
    [InlineData("/etc/mechanisms")]
    [InlineData("!")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTU")]
    public void What_is_no_mechanism_is_told(string word)
    {
        Assert.False(MechanismFilter.TryParse([word], out _, out var error));
        Assert.Contains($"'{word}'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("noplaintext", "PLAIN", false)]
    [InlineData("noplaintext", "SCRAM-SHA-256", true)]
    [InlineData("noactive", "PLAIN", false)]
    [InlineData("noactive", "SCRAM-SHA-256", true)]
    [InlineData("nodictionary", "PLAIN", false)]
    [InlineData("nodictionary", "SCRAM-SHA-256", false)]
    [InlineData("noanonymous", "PLAIN", true)]
    [InlineData("noanonymous", "ANONYMOUS", false)]
    [InlineData("NoAnonymous noplaintext", "ANONYMOUS", false)]
    [InlineData("forward_secrecy", "SCRAM-SHA-256", false)]
    [InlineData("forward_secrecy", "KEYS", true)]
    [InlineData("mutual_auth", "LOGIN", false)]
    [InlineData("mutual_auth", "SCRAM-SHA-256", true)]
    public async Task Each_option_drops_the_mechanisms_it_is_about(string words, string mechanism, bool isAllowed)
    {
        await using var accounts = new Accounts();
        SaslMechanism[] mechanisms = [.. accounts.Authenticator.Mechanisms, new("ANONYMOUS", IsPlaintext: false, IsAnonymous: true), new("KEYS", IsPlaintext: false) { HasForwardSecrecy = true }];
        Assert.Equal(isAllowed, Accounts.Security(words).Allow(mechanisms.Single(m => m.Name == mechanism)));
    }

    [Fact]
    public void A_word_that_is_no_option_is_told()
    {
        Assert.False(SaslSecurityOptions.TryParse(["noanonymous", "noplain"], out _, out var error));
        Assert.Equal("'noplain' is none of noplaintext, noactive, nodictionary, noanonymous, forward_secrecy, mutual_auth", error);
    }
}
