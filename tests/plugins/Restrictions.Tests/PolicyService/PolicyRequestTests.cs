using System.Net;
using System.Text;
using PolicyMTA.Restrictions.PolicyService;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests.PolicyService;

public sealed class PolicyRequestTests
{
    private static readonly SessionFacts Plain = new()
    {
        Id = "s1",
        Client = new Sdk.Client { Address = IPAddress.Parse("192.0.2.10"), Port = 4711, Name = "mail.good.test", ReverseName = "rev.good.test" },
        Server = new Server(IPAddress.Parse("192.0.2.25"), 25, "example.test"),
        Listener = "smtp",
    };

    private static readonly SessionFacts Full = Plain with
    {
        Helo = new Sdk.Helo("helo.good.test", IsExtended: true),
        IsUnderStress = true,
        Sasl = new Sasl("alice", "PLAIN"),
        Tls = new Tls
        {
            Version = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", Bits = 256, ServerName = "mx.example.test",
            Certificate = new ClientCertificate("A+B laptop", "Grün=CA", "AA:BB", "CC:DD", IsVerified: true),
        },
    };

    private static readonly TransactionFacts Transaction = new()
    {
        Sender = Address.FromInternal("joe@good.test"), Number = 3, Mail = MailParameters.None with { Size = 1234, Auth = "<>" },
    };

    private static Sdk.Recipient To(string address) => new() { Address = Address.FromInternal(address) };

    private static Dictionary<string, string> Read(ClientContext context, string policyContext = "")
    {
        var text = Encoding.UTF8.GetString(PolicyRequest.Write(context, policyContext));
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(line => line.Split('=')[0], line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
    }

    [Fact]
    public void A_recipient_is_asked_about_with_all_that_is_known() => Assert.Equal("""
        request=smtpd_access_policy
        protocol_state=RCPT
        protocol_name=ESMTP
        client_address=192.0.2.10
        client_name=mail.good.test
        client_port=4711
        reverse_client_name=rev.good.test
        server_address=192.0.2.25
        server_port=25
        helo_name=helo.good.test
        sender=joe@good.test
        recipient=ann@example.test
        recipient_count=0
        queue_id=
        instance=s1.3
        size=1234
        etrn_domain=
        stress=yes
        sasl_method=PLAIN
        sasl_username=alice
        sasl_sender=<>
        ccert_subject=A+2BB+20laptop
        ccert_issuer=Gr+C3+BCn=CA
        ccert_fingerprint=AA:BB
        ccert_pubkey_fingerprint=CC:DD
        encryption_protocol=TLSv1.3
        encryption_cipher=TLS_AES_256_GCM_SHA384
        encryption_keysize=256
        tls_sni=mx.example.test
        policy_context=main
        compatibility_level=3.6
        mail_version=PolicyMTA


        """, Encoding.UTF8.GetString(PolicyRequest.Write(new RecipientContext(Full, Transaction, To("ann@example.test")), "main")));

    public static TheoryData<string, ClientContext> States => new()
    {
        { "CONNECT SMTP", new ClientContext(Plain) },
        { "EHLO ESMTP", new HeloContext(Full) },
        { "HELO SMTP", new HeloContext(Plain with { Helo = new Sdk.Helo("h", IsExtended: false) }) },
        { "EHLO LMTP", new HeloContext(Plain with { Helo = new Sdk.Helo("h", IsExtended: true) { IsLmtp = true } }) },
        { "MAIL ESMTP", new SenderContext(Full, Transaction) },
        { "RCPT ESMTP", new RecipientContext(Full, Transaction, To("a@b.test")) },
        { "DATA ESMTP", new DataContext(Full, Transaction, [To("a@b.test")]) },
        { "VRFY ESMTP", new VrfyContext(Full, Address.FromInternal("a@b.test")) },
        { "ETRN ESMTP", new EtrnContext(Full, "example.test") },
        { "AUTH ESMTP", new AuthContext(Full, new LoginFacts("PLAIN", "alice", LoginResult.Pending)) },
    };

    [Theory]
    [MemberData(nameof(States), DisableDiscoveryEnumeration = true)]
    public void The_stage_is_named_as_in_Postfix(string expected, ClientContext context) => Assert.Equal(expected, $"{Read(context)["protocol_state"]} {Read(context)["protocol_name"]}");

    [Fact]
    public void Recipients_are_counted_at_DATA_and_named_when_there_is_one()
    {
        var one = Read(new DataContext(Full, Transaction, [To("a@b.test")]));
        var two = Read(new DataContext(Full, Transaction, [To("a@b.test"), To("c@d.test")]));
        Assert.Equal(("1", "a@b.test", "2", ""), (one["recipient_count"], one["recipient"], two["recipient_count"], two["recipient"]));
    }

    [Fact]
    public void Etrn_and_vrfy_say_what_is_asked_for()
    {
        Assert.Equal("example.test", Read(new EtrnContext(Full, "example.test"))["etrn_domain"]);
        Assert.Equal("a@b.test", Read(new VrfyContext(Full, Address.FromInternal("a@b.test")))["recipient"]);
    }

    [Fact]
    public void Names_of_a_certificate_that_nobody_vouches_for_are_not_told()
    {
        var read = Read(new ClientContext(Full with { Tls = Full.Tls! with { Certificate = Full.Tls.Certificate! with { IsVerified = false } } }));
        Assert.Equal(("", "", "AA:BB", "CC:DD"), (read["ccert_subject"], read["ccert_issuer"], read["ccert_fingerprint"], read["ccert_pubkey_fingerprint"]));
    }

    [Fact]
    public void A_client_cannot_add_an_attribute()
    {
        var hostile = Plain with { Helo = new Sdk.Helo("x\nclient_address=127.0.0.1\r\n\n\0", IsExtended: true) };
        Assert.Equal(("x?client_address=127.0.0.1????", "192.0.2.10"), (Read(new HeloContext(hostile))["helo_name"], Read(new HeloContext(hostile))["client_address"]));
    }
}
