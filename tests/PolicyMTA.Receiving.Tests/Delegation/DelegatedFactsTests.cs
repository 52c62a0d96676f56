using System.Buffers;
using System.Net;
using System.Text;
using PolicyMTA.Addressing;
using PolicyMTA.Receiving.Delegation;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests.Delegation;

public sealed class DelegatedFactsTests
{
    private static SessionFacts Session(params string[] attributes)
    {
        var bytes = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("request=smtpd_access_policy\n" + string.Concat(attributes.Select(line => line + "\n")) + "\n"));
        return DelegatedFacts.Session(DelegatedQuestion.TakeFrom(ref bytes)!, Settings());
    }

    private static DelegationSettings Settings()
    {
        Assert.True(NetworkList.TryParse(["192.0.2.0/24"], out var networks, out _));
        return new DelegationSettings { Listener = "policy", HostName = "mx.example.test", MyNetworks = networks, Policies = null!, Addresses = null! };
    }

    [Fact]
    public void A_session_is_as_the_other_server_tells_it()
    {
        var facts = Session(
            "instance=1a.2", "client_address=2001:db8::1", "client_port=4711", "client_name=mail.good.test", "reverse_client_name=rev.good.test", "server_address=192.0.2.25", "server_port=25",
            "helo_name=helo.good.test", "protocol_name=ESMTP", "stress=yes", "sasl_method=PLAIN", "sasl_username=alice", "encryption_protocol=TLSv1.3", "encryption_cipher=C", "encryption_keysize=256",
            "tls_sni=mx.test", "ccert_subject=A+2BB+20laptop", "ccert_issuer=Gr+C3+BCn", "ccert_fingerprint=AA", "ccert_pubkey_fingerprint=BB");
        Assert.Equal(new SessionFacts
        {
            Id = "1a.2",
            Listener = "policy",
            Client = new Client { Address = IPAddress.Parse("2001:db8::1"), Port = 4711, Name = "mail.good.test", ReverseName = "rev.good.test" },
            Server = new Server(IPAddress.Parse("192.0.2.25"), 25, "mx.example.test"),
            Helo = new Helo("helo.good.test", IsExtended: true),
            Sasl = new Sasl("alice", "PLAIN"),
            Tls = new Tls { Version = "TLSv1.3", Cipher = "C", Bits = 256, ServerName = "mx.test", Certificate = new ClientCertificate("A+B laptop", "Grün", "AA", "BB", IsVerified: true) },
            IsUnderStress = true,
            Counters = facts.Counters,
        }, facts);
    }

    [Fact]
    public void What_is_not_told_is_not_there()
    {
        var facts = Session("client_address=192.0.2.7", "protocol_name=SMTP", "helo_name=h", "encryption_protocol=TLSv1.2", "ccert_fingerprint=AA");
        Assert.Equal(("unknown", "unknown", 0, true, false), (facts.Client.Name, facts.Client.ReverseName, facts.Client.Port, facts.Client.IsInMyNetworks, facts.Helo!.IsExtended));
        Assert.Null(facts.Sasl);
        Assert.False(facts.Tls!.Certificate!.IsVerified);
        Assert.Null(Session("client_address=192.0.2.7").Helo);
        Assert.Null(Session("client_address=192.0.2.7").Tls);
    }

    [Theory]
    [InlineData("client_address=unknown")]
    [InlineData("client_name=x")]
    public void Without_a_client_there_is_no_session(string attribute) => Assert.Throws<InvalidDataException>(() => Session(attribute));
}
