using System.Net;
using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.MilterClient;

/// <summary>What macros are told of.</summary>
public sealed class MacroTests
{
    [Fact]
    public void A_listener_may_have_a_name_of_its_own_and_what_lacks_has_its_default()
    {
        var facts = new SessionFacts { Id = "s", Listener = "smtp", Server = new Server(IPAddress.Loopback, 25, "mx.example.test"), Client = new Sdk.Client { Address = IPAddress.Loopback } };
        var context = new ClientContext(facts);
        var names = FilterPlay.Names with { Defaults = MacroNames.ReadDefaults("{daemon_name}=no, tls_version=none { _ = joe [192.0.2.1] } x=y") };
        Assert.Equal(["{daemon_name}", "smtpd", "{tls_version}", "none", "x", "y"], Macros.Of(["{daemon_name}", "{tls_version}", "{cipher}", "x"], names, context));
        var ours = new ClientContext(facts with { Server = facts.Server with { DaemonName = "ORIGINATING" } });
        Assert.Equal(["{daemon_name}", "ORIGINATING"], Macros.Of(["{daemon_name}"], names, ours));
        Assert.Equal("joe [192.0.2.1]", names.Defaults["_"]);
    }

    [Theory]
    [InlineData("x", "pairs such as name=value, not 'x'")]
    [InlineData("=x", "not '=x'")]
    [InlineData("{ x = y", "a brace lacks behind '{ x = y'")]
    [InlineData("{ = y }", "not '= y'")]
    public void Defaults_are_pairs(string text, string message) => Assert.Contains(message, Assert.Throws<ConfigurationException>(() => MacroNames.ReadDefaults(text)).Message, StringComparison.Ordinal);
}
