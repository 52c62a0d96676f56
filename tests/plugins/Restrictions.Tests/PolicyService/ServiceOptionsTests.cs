using System.Net.Sockets;
using PolicyMTA.Restrictions.PolicyService;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests.PolicyService;

public sealed class ServiceOptionsTests
{
    private readonly RestrictionBench _bench = new();

    private ServiceOptions Read(string name = "inet:127.0.0.1:1", params (string Key, object Value)[] options) =>
        ServiceOptions.Read(new RestrictionArguments("check_policy_service", [name], options.ToDictionary(o => o.Key, o => (object?)o.Value)), _bench.Services.Settings);

    [Fact]
    public void Defaults_are_those_of_Postfix()
    {
        var options = Read();
        Assert.Equal((300, 1000, 1, 100), (options.MaxIdle.TotalSeconds, options.MaxTtl.TotalSeconds, options.RetryDelay.TotalSeconds, options.Timeout.TotalSeconds));
        Assert.Equal((0, 2, "", "451 4.3.5 Server configuration problem"), (options.RequestLimit, options.TryLimit, options.PolicyContext, options.DefaultAction));
    }

    [Fact]
    public void A_call_goes_before_the_parameters()
    {
        foreach (var (name, value) in new[] { ("timeout", "20s"), ("max_idle", "1m"), ("default_action", "REJECT"), ("policy_context", "main") }) _bench.Services.Values["smtpd_policy_service_" + name] = value;
        var options = Read(options: [("timeout", 5d), ("default_action", "DUNNO"), ("policy_context", "submission"), ("try_limit", 1d), ("request_limit", "7"), ("max_ttl", "1h"), ("retry_delay", "0s")]);
        Assert.Equal((5, 60, 3600, 0), (options.Timeout.TotalSeconds, options.MaxIdle.TotalSeconds, options.MaxTtl.TotalSeconds, options.RetryDelay.TotalSeconds));
        Assert.Equal(("DUNNO", "submission", 1, 7), (options.DefaultAction, options.PolicyContext, options.TryLimit, options.RequestLimit));
    }

    [Theory]
    [InlineData("timeout", "0s")]
    [InlineData("timeout", "soon")]
    [InlineData("timeout", "-1s")]
    [InlineData("max_idle", "2w")]
    [InlineData("max_ttl", "99999999999999999999s")]
    [InlineData("retry_delay", "")]
    [InlineData("try_limit", "0")]
    [InlineData("try_limit", "101")]
    [InlineData("request_limit", "-1")]
    [InlineData("default_action", "FROBNICATE")]
    [InlineData("default_action", "")]
    [InlineData("colour", "red")]
    public void What_makes_no_sense_is_an_error(string key, string value)
    {
        Assert.Contains(key, Assert.Throws<ConfigurationException>(() => Read(options: (key, value))).Message, StringComparison.Ordinal);
        if (key == "colour") return;
        _bench.Services.Values["smtpd_policy_service_" + key] = value;
        Assert.Contains("smtpd_policy_service_" + key, Assert.Throws<ConfigurationException>(() => Read()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeout", "1w")]
    [InlineData("try_limit", "100")]
    [InlineData("default_action", "DEFER_IF_PERMIT later")]
    public void What_is_just_allowed_is_taken(string key, string value) => Read(options: (key, value));

    [Theory]
    [InlineData("inet:127.0.0.1:10023", "127.0.0.1:10023")]
    [InlineData("inet:[::1]:10023", "[::1]:10023")]
    [InlineData("inet:policy.example.test:7", "Unspecified/policy.example.test:7")]
    [InlineData("unix:private/policy-spf", "/var/spool/x/private/policy-spf")]
    [InlineData("unix:/run/postgrey.sock", "/run/postgrey.sock")]
    public void A_service_has_a_place(string name, string expected)
    {
        _bench.Services.Values["queue_directory"] = "/var/spool/x";
        Assert.Equal(expected, Read(name).Place.ToString());
    }

    [Theory]
    [InlineData("inet:")]
    [InlineData("inet:10023")]
    [InlineData("inet:host:0")]
    [InlineData("inet:host:65536")]
    [InlineData("inet:a b:1")]
    [InlineData("unix:")]
    [InlineData("tcp:127.0.0.1:1")]
    [InlineData("private/policy-spf")]
    public void What_is_no_place_is_an_error(string name) => Assert.Throws<ConfigurationException>(() => Read(name));

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    public void A_path_has_a_limit(int length, bool isTaken)
    {
        var name = "unix:/" + new string('p', length - 1);
        if (isTaken) Assert.IsType<UnixDomainSocketEndPoint>(Read(name).Place, exactMatch: true);
        else Assert.Contains("too long", Assert.Throws<ConfigurationException>(() => Read(name)).Message, StringComparison.Ordinal);
    }
}
