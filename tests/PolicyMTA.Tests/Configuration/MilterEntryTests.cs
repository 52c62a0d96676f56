using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Configuration;

public sealed class MilterEntryTests
{
    [Theory]
    [InlineData("dkim", "dkim", null, null)]
    [InlineData(" inet:127.0.0.1:8891 ", "inet:127.0.0.1:8891", null, null)]
    [InlineData("{ inet:127.0.0.1:8891 }", "inet:127.0.0.1:8891", null, null)]
    [InlineData("{inet:127.0.0.1:8891,default_action=accept,connect_timeout=10s}", "inet:127.0.0.1:8891", "accept", 10)]
    [InlineData("{ unix:/run/a.sock, default_action=quarantine protocol=6, connect_timeout = 1m }", null, null, null)]
    [InlineData("{ unix:/run/a.sock, default_action=quarantine, protocol=6, connect_timeout=1m }", "unix:/run/a.sock", "quarantine", 60)]
    public void A_milter_may_have_settings_of_its_own(string text, string? name, string? action, int? seconds)
    {
        if (name is null)
        {
            Assert.Throws<ConfigurationException>(() => MilterEntry.Parse(text));
            return;
        }
        var entry = MilterEntry.Parse(text);
        Assert.Equal((name, action, seconds), (entry.Name, entry.DefaultAction, (int?)entry.ConnectTimeout?.TotalSeconds));
        Assert.Equal(action is not null, entry.IsOwn);
        Assert.Null(entry.CommandTimeout);
    }

    [Theory]
    [InlineData("{ dkim", "closing brace")]
    [InlineData("{ }", "no name")]
    [InlineData("{ dkim, default_action=maybe }", "default_action is one of")]
    [InlineData("{ dkim, default_action }", "default_action is one of")]
    [InlineData("{ dkim, command_timeout=0 }", "command_timeout is a time")]
    [InlineData("{ dkim, content_timeout=soon }", "content_timeout is a time")]
    [InlineData("{ dkim, protocol=2 }", "protocol 6 is spoken")]
    [InlineData("{ dkim, colour=red }", "no setting 'colour'")]
    public void What_is_wrong_is_told(string text, string expected) => Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => MilterEntry.Parse(text)).Message, StringComparison.Ordinal);
}
