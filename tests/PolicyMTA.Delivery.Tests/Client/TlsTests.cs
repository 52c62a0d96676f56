using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

public sealed class TlsTests
{
    private const string Offer = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-STARTTLS\nS: 250 PIPELINING\n";
    private const string NoOffer = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 PIPELINING\n";
    private const string Transaction = "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";
    private const string Hello = "C: EHLO *\nS: 250-hi\nS: 250 PIPELINING\n";

    [Fact]
    public async Task Offered_tls_is_used_whoever_signed_the_certificate()
    {
        await using var server = ScriptedServer.Start(Offer + "C: STARTTLS\nS: 220 go\nTLS\n" + Hello + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server, TlsLevel.May)).Action);
        await server.FinishAsync();
    }

    [Fact]
    public async Task Failed_handshake_falls_back_to_plain_text_at_may()
    {
        await using var server = ScriptedServer.Start(Offer + "C: STARTTLS\nS: 220 go\nBADTLS\nHANG", Offer + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server, TlsLevel.May)).Action);
        await server.FinishAsync();
    }

    [Fact]
    public async Task Refused_starttls_leaves_plain_text_at_may()
    {
        await using var server = ScriptedServer.Start(Offer + "C: STARTTLS\nS: 454 4.7.0 not now\n" + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server, TlsLevel.May)).Action);
    }

    [Fact]
    public async Task Offered_tls_is_left_alone_at_none()
    {
        await using var server = ScriptedServer.Start(Offer + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server, TlsLevel.None)).Action);
    }

    [Theory]
    [InlineData(NoOffer + "HANG", "4.7.4", "TLS is required, but was not offered by host 127.0.0.1[127.0.0.1]")]
    [InlineData(Offer + "C: STARTTLS\nS: 454 4.7.0 not now\nHANG", "4.7.4", "TLS is required, but host 127.0.0.1[127.0.0.1] refused to start TLS: 454 4.7.0 not now")]
    [InlineData(Offer + "C: STARTTLS\nS: 220 go\nBADTLS\nHANG", "4.7.5", "Cannot start TLS: handshake failure with 127.0.0.1[127.0.0.1]")]
    public async Task Plain_text_is_never_used_at_encrypt(string script, string status, string text)
    {
        await using var server = ScriptedServer.Start(script);
        var outcome = await SendAsync(server, TlsLevel.Encrypt);
        Assert.Equal((DeliveryAction.Deferred, status, text), (outcome.Action, outcome.Status.ToString(), outcome.Text));
        Assert.DoesNotContain(server.Heard, l => l.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_injected_before_the_handshake_is_forgotten()
    {
        // The lines behind 220 travel in plain text; taken for the answer to EHLO they would decide what the session can do.
        await using var server = ScriptedServer.Start(Offer + "C: STARTTLS\nS: 220 go\\r\\n250-evil\\r\\n250 SIZE 1\nTLS\n" + Hello + Transaction);
        var outcome = await SendAsync(server, TlsLevel.May);
        Assert.NotEqual("5.3.4", outcome.Status.ToString());
    }

    private static async Task<RecipientOutcome> SendAsync(ScriptedServer server, TlsLevel level)
    {
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Tls = new ClientTls { Level = level } } });
        return await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
    }
}
