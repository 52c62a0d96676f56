using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class RelayTests
{
    [Theory]
    [InlineData("() => permit()")]
    [InlineData("r.permit()")]
    [InlineData("r.permit_evil()")]
    [InlineData("r.permit_mynetworks_twice()")]
    public async Task A_mere_permit_is_no_leave_to_relay(string rule)
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("permit_evil", _ => Verdict.Permit).Restriction<ClientContext>("permit_mynetworks_twice", _ => Verdict.Permit);
        bench.Stage("relay", $"export default [{rule}];");

        Assert.Equal("<x@elsewhere.test>: Relay access denied", (await bench.RcptOutsideAsync()).Refusal!.Text);
        Assert.Null((await bench.RcptAsync()).Refusal);
    }

    [Theory]
    [InlineData("permit_mynetworks")]
    [InlineData("permit_sasl_authenticated")]
    [InlineData("permit_tls_clientcerts")]
    [InlineData("permit_tls_all_clientcerts")]
    [InlineData("permit_inet_interfaces")]
    [InlineData("check_sasl_access")]
    [InlineData("check_ccert_access")]
    [InlineData("permit_dnswl_client")]
    [InlineData("permit_rhswl_client")]
    public async Task A_plugin_that_lies_about_the_session_grants_nothing(string name)
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>(name, _ => Verdict.Permit);
        bench.Stage("relay", $"export default [r.{name}()];");

        Assert.Equal(554, (await bench.RcptOutsideAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task A_login_grants()
    {
        await using var bench = new Bench();
        bench.Facts = bench.Facts with { Sasl = new Sasl("alice", "PLAIN") };
        bench.Stage("relay", "export default [r.permit_sasl_authenticated()];");

        Assert.Equal("permit_sasl_authenticated", (await bench.RcptOutsideAsync()).RelayGrant);
        Assert.Contains(bench.Logger.Lines, l => l.Contains("may relay to x@elsewhere.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Our_own_networks_grant()
    {
        await using var bench = new Bench();
        bench.Facts = bench.Facts with { Client = bench.Facts.Client with { IsInMyNetworks = true } };
        bench.Stage("relay", "export default [r.permit_mynetworks()];");

        Assert.Equal("permit_mynetworks", (await bench.RcptOutsideAsync()).RelayGrant);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("own")]
    public async Task Our_own_machine_grants(string client)
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("permit_inet_interfaces", _ => Verdict.Permit);
        var address = client == "own" ? bench.Facts.Server.Address : System.Net.IPAddress.Parse(client);
        bench.Facts = bench.Facts with { Client = bench.Facts.Client with { Address = address } };
        bench.Stage("relay", "export default [r.permit_inet_interfaces()];");

        Assert.Equal("permit_inet_interfaces", (await bench.RcptOutsideAsync()).RelayGrant);
    }

    [Theory]
    [InlineData("check_sasl_access")]
    [InlineData("check_ccert_access")]
    [InlineData("permit_mx_backup")]
    public async Task Tables_of_logins_and_certificates_and_a_backup_grant(string name)
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>(name, _ => Verdict.Permit);
        bench.Facts = bench.Facts with
        {
            Sasl = new Sasl("alice", "PLAIN"),
            Tls = new Tls { Version = "TLSv1.3", Cipher = "x", Certificate = new ClientCertificate("a", "b", "c", "d", IsVerified: false) },
        };
        bench.Stage("relay", $"export default [r.{name}()];");

        Assert.Equal(name, (await bench.RcptOutsideAsync()).RelayGrant);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "permit_tls_all_clientcerts")]
    public async Task A_verified_certificate_grants(bool isVerified, string? grant)
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("permit_tls_all_clientcerts", _ => Verdict.Permit);
        bench.Facts = bench.Facts with
        {
            Tls = new Tls { Version = "TLSv1.3", Cipher = "x", Certificate = new ClientCertificate("a", "b", "c", "d", isVerified) },
        };
        bench.Stage("relay", "export default [r.permit_tls_all_clientcerts()];");

        Assert.Equal(grant, (await bench.RcptOutsideAsync()).RelayGrant);
    }

    [Fact]
    public async Task An_access_table_and_a_reason_grant()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("check_client_access", _ => Verdict.Permit);
        bench.Stage("relay", "export default [({ sender }) => sender.local === 'joe' ? permit.relay('joe may') : dunno(), r.check_client_access()];");

        Assert.Equal("joe may", (await bench.RcptOutsideAsync()).RelayGrant);
        bench.Transaction = new TransactionFacts { Sender = Address.Null };
        Assert.Equal("check_client_access", (await bench.RcptOutsideAsync()).RelayGrant);
    }

    [Theory]
    [InlineData("check_anything_access")]
    [InlineData("check_client_mx_access")]
    public async Task Restriction_that_is_only_named_like_an_access_table_grants_nothing(string name)
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>(name, _ => Verdict.Permit);
        bench.Stage("relay", $"export default [r.{name}()];");

        Assert.Null((await bench.RcptOutsideAsync()).RelayGrant);
    }

    [Theory]
    [InlineData("client")]
    [InlineData("recipient")]
    public async Task Elsewhere_a_grant_merely_ends_its_list(string stage)
    {
        await using var bench = new Bench();
        bench.Facts = bench.Facts with { Sasl = new Sasl("alice", "PLAIN") };
        bench.Stage(stage, "export default [() => permit.relay('no'), r.permit_sasl_authenticated()];").Stage("relay", "export default [() => dunno()];");

        Assert.Equal("<x@elsewhere.test>: Relay access denied", (await bench.RcptOutsideAsync()).Refusal!.Text);
    }
}
