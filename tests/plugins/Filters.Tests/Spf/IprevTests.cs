using System.Net;
using System.Text.Json;
using PolicyMTA.Filters.Spf;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Spf;

/// <summary>The milter <c>iprev</c>.</summary>
public sealed class IprevTests
{
    private const string Names = """
        {
          "1.2.0.192.in-addr.arpa": {"PTR": ["wrong.test", "mail.good.test"]}, "wrong.test": {"A": ["192.0.2.99"]}, "mail.good.test": {"A": ["192.0.2.1", "192.0.2.7"], "AAAA": ["2001:db8::1"]},
          "2.2.0.192.in-addr.arpa": {"PTR": ["wrong.test"]},
          "3.2.0.192.in-addr.arpa": {"timeout": ["*"]},
          "4.2.0.192.in-addr.arpa": {"PTR": ["wrong.test", "slow.test"]}, "slow.test": {"timeout": ["*"]},
          "5.2.0.192.in-addr.arpa": {"PTR": ["nowhere.test"]},
          "6.2.0.192.in-addr.arpa": {"PTR": ["slow.test", "mail6.good.test"]}, "mail6.good.test": {"A": ["192.0.2.6"]},
          "7.2.0.192.in-addr.arpa": {"PTR": ["w1.test", "w2.test", "w3.test", "w4.test", "w5.test", "w6.test", "w7.test", "w8.test", "w9.test", "w10.test", "mail.good.test"]},
          "ptr:2001:db8::1": {"PTR": ["mail.good.test"]}
        }
        """;

    [Theory]
    [InlineData("192.0.2.1", "pass", "mail.good.test")]
    [InlineData("2001:db8::1", "pass", "mail.good.test")]
    [InlineData("192.0.2.2", "fail", null)]
    [InlineData("192.0.2.3", "temperror", null)]
    [InlineData("192.0.2.4", "temperror", null)]
    [InlineData("192.0.2.5", "fail", null)]
    [InlineData("192.0.2.6", "pass", "mail6.good.test")]
    [InlineData("192.0.2.7", "fail", null)]
    [InlineData("192.0.2.8", "permerror", null)]
    public async Task Name_of_the_client_leads_back_or_not(string client, string expected, string? name)
    {
        using var names = JsonDocument.Parse(Names);
        await using var milter = new IprevMilter("iprev", new Zone(names.RootElement));
        var context = Context(client);
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        Assert.Same(Verdict.Dunno, await session.MailAsync(context, CancellationToken.None));
        var result = context.Results.Find("iprev")!;
        Assert.Equal((expected, name), (result.Result, result.Reason));
        Assert.Equal([new("policy.iprev", client)], result.Properties);
    }

    [Fact]
    public async Task Our_own_people_are_not_asked_about()
    {
        using var names = JsonDocument.Parse("{}");
        await using var milter = new IprevMilter("iprev", new Zone(names.RootElement));
        Assert.Null(await milter.StartAsync(Context("192.0.2.1", isInMyNetworks: true), CancellationToken.None));
        var user = Context("192.0.2.1", login: "alice");
        await using var session = (await milter.StartAsync(user, CancellationToken.None))!;
        await session.MailAsync(user, CancellationToken.None);
        Assert.Empty(user.Results.Items);
    }

    private static SenderContext Context(string client, bool isInMyNetworks = false, string? login = null) => new(
        new SessionFacts
        {
            Id = "s", Listener = "smtp", Server = new Server(IPAddress.Loopback, 25, "mx.example.test"), Client = new Client { Address = IPAddress.Parse(client), IsInMyNetworks = isInMyNetworks },
            Sasl = login is null ? null : new Sasl(login, "PLAIN"),
        },
        new TransactionFacts { Sender = Address.FromInternal("joe@good.test"), Results = new AuthenticationResults() });
}
