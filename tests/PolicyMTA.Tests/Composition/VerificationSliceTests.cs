using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Composition;

public sealed class VerificationSliceTests
{
    [Fact]
    public void Defaults_are_Postfix_s()
    {
        var settings = VerificationSlice.Of(Read(), new NoTables());
        Assert.Equal(new Address("double-bounce", "mx.example.test"), settings.Sender.Address);
        Assert.Equal((TimeSpan.FromSeconds(6), TimeSpan.Zero), (settings.Patience, settings.StressedPatience));
        Assert.Equal((31, 7, 3), (settings.PositiveExpireTime.TotalDays, settings.PositiveRefreshTime.TotalDays, settings.NegativeExpireTime.TotalDays));
        Assert.Equal((3, 12, true), (settings.NegativeRefreshTime.TotalHours, settings.CleanupInterval.TotalHours, settings.NegativeCache));
        var mail = new DeliverySettings { MyHostname = "mx.example.test", LocalTransport = "maildir", RelayTransport = "smtp" };
        Assert.Equal(("maildir", "maildir", "smtp", "smtp", ""), Routes(settings.Reroute(mail)));
    }

    [Fact]
    public void Each_parameter_reaches_its_place()
    {
        var parameters = Read(
            ("address_verify_sender", "prober@other.test"), ("address_verify_sender_ttl", "1h"), ("address_verify_poll_count", "${stress?{2}:{5}}"), ("address_verify_poll_delay", "2s"),
            ("address_verify_positive_expire_time", "2"), ("address_verify_positive_refresh_time", "1"), ("address_verify_negative_expire_time", "5"), ("address_verify_negative_refresh_time", "4"),
            ("address_verify_cache_cleanup_interval", "6"), ("address_verify_negative_cache", "no"), ("address_verify_local_transport", "l"), ("address_verify_virtual_transport", "v"),
            ("address_verify_relay_transport", "r"), ("address_verify_default_transport", "d"), ("address_verify_relayhost", "h"));
        var settings = VerificationSlice.Of(parameters, new NoTables());
        Assert.Equal((new Address("prober", "other.test"), TimeSpan.FromHours(1)), (settings.Sender.Address, settings.Sender.TimeToLive));
        Assert.Equal((TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(2)), (settings.Patience, settings.StressedPatience));
        Assert.Equal((2, 1, 5), (settings.PositiveExpireTime.TotalDays, settings.PositiveRefreshTime.TotalDays, settings.NegativeExpireTime.TotalDays));
        Assert.Equal((4, 6, false), (settings.NegativeRefreshTime.TotalHours, settings.CleanupInterval.TotalHours, settings.NegativeCache));
        Assert.Equal(("l", "v", "r", "d", "h"), Routes(settings.Reroute(new DeliverySettings { MyHostname = "mx.example.test" })));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<>")]
    public void The_null_sender_may_be_chosen(string text) => Assert.True(VerificationSlice.Sender(Read(("address_verify_sender", text))).Address.IsNull);

    private static (string, string, string, string, string) Routes(DeliverySettings settings) =>
        (settings.LocalTransport, settings.VirtualTransport, settings.RelayTransport, settings.DefaultTransport, settings.RelayHost);

    private static Parameters Read(params (string Name, string Value)[] given) => Parameters.Create("/srv", ConfigurationKeys.Parameters,
        given.Append(("myhostname", "mx.example.test")).ToDictionary(pair => pair.Item1, pair => new ParameterValue(pair.Item2, null, default, default)));

    private sealed class NoTables : ILookupTables
    {
        public ILookupTable Open(string specification) => throw new InvalidOperationException($"{specification} was opened");
    }
}
