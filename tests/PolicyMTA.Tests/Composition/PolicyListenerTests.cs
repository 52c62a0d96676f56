using System.Net;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Composition;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Composition;

/// <summary>Another server asks our policies.</summary>
public sealed class PolicyListenerTests : IAsyncDisposable
{
    private readonly Site _site = new();
    private MailServer? _server;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _site.Dispose();
    }

    [Fact]
    public async Task The_list_of_the_stage_answers()
    {
        _site.Policy("helo.js", "import { reject } from 'policymta';\nexport default [({ helo }) => helo.name === 'bad.test' ? reject('no helo') : undefined];\n");
        _site.Policy("recipient.js", "import { reject, prepend } from 'policymta';\nexport default [({ recipient }) => recipient.address === 'bob@elsewhere.test' ? reject('no bob') : prepend('X-Seen: yes')];\n");
        _site.Policy("data.js", "import { reject } from 'policymta';\nexport default [({ sender }) => sender.address === 'joe@good.test' ? reject('no joe') : undefined];\n");
        using var client = await StartAsync("policy");
        Assert.Equal("action=PREPEND X-Seen: yes\n\n", await AskAsync(client, "RCPT"));
        Assert.Equal("action=554 5.7.1 no bob\n\n", await AskAsync(client, "RCPT", "recipient=bob@elsewhere.test"));
        Assert.Equal("action=554 5.7.1 no helo\n\n", await AskAsync(client, "RCPT", "helo_name=bad.test"));
        Assert.Equal("action=DUNNO\n\n", await AskAsync(client, "EHLO", "helo_name=bad.test"));
        Assert.Equal("action=554 5.7.1 no joe\n\n", await AskAsync(client, "DATA", "sender=joe@good.test"));
        Assert.Equal("action=DUNNO\n\n", await AskAsync(client, "END-OF-MESSAGE", "sender=joe@good.test"));
        Assert.Equal("action=DUNNO\n\n", await AskAsync(client, "SOMETHING-NEW"));
    }

    [Fact]
    public async Task Lists_that_are_not_delayed_answer_in_their_stage()
    {
        _site.Policy("client.js", "import { reject } from 'policymta';\nexport default [({ client }) => client.ip === '192.0.2.10' ? reject('no client') : undefined];\n");
        _site.Policy("sender.js", "import { reject } from 'policymta';\nexport default [({ sender }) => sender.address === 'joe@good.test' ? reject('no joe') : undefined];\n");
        using var client = await StartAsync("policy", "smtpd_delay_reject = false");
        Assert.Equal("action=554 5.7.1 no client\n\n", await AskAsync(client, "CONNECT"));
        Assert.Equal("action=554 5.7.1 no joe\n\n", await AskAsync(client, "MAIL", "sender=joe@good.test"));
        Assert.Equal("action=DUNNO\n\n", await AskAsync(client, "RCPT", "sender=joe@good.test"));
    }

    [Fact]
    public async Task Whether_the_other_server_relays_is_not_our_business_and_we_never_say_OK()
    {
        _site.Policy("recipient.js", "import { restrictions as r } from 'policymta';\nexport default [r.permit()];\n");
        using var client = await StartAsync("policy");
        Assert.Equal("action=DUNNO\n\n", await AskAsync(client, "RCPT", "recipient=x@elsewhere.test"));
    }

    [Fact]
    public async Task A_listener_may_have_a_set_of_its_own()
    {
        _site.Policy("old/recipient.js", "import { reject } from 'policymta';\nexport default [() => reject('the set')];\n");
        using var client = await StartAsync("policy:old");
        Assert.Equal("action=554 5.7.1 the set\n\n", await AskAsync(client, "RCPT"));
    }

    [Fact]
    public async Task Another_set_is_asked_after_a_reload()
    {
        _site.Policy("old/recipient.js", "import { reject } from 'policymta';\nexport default [() => reject('old')];\n");
        _site.Policy("new/recipient.js", "import { reject } from 'policymta';\nexport default [() => reject('new')];\n");
        using var client = await StartAsync("policy:old", sections: "[listeners.other]\naddress = \"127.0.0.1:0\"\nservice = \"policy:new\"\n");
        Assert.Equal("action=554 5.7.1 old\n\n", await AskAsync(client, "RCPT"));
        Configure("policy:new", sections: "[listeners.other]\naddress = \"127.0.0.1:0\"\nservice = \"policy:old\"\n");
        Assert.Empty((await _server!.ReloadAsync(now: false, Stop)).Errors);
        Assert.Equal("", await ReadAsync(client));
        using var next = await ConnectAsync();
        Assert.Equal("action=554 5.7.1 new\n\n", await AskAsync(next, "RCPT"));
    }

    [Fact]
    public async Task Nonsense_ends_the_connection_and_the_server_goes_on()
    {
        using (var client = await StartAsync("policy"))
        {
            await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n\n\n"u8.ToArray(), Stop);
            Assert.Equal("", await ReadAsync(client));
        }
        using var next = await ConnectAsync();
        Assert.Equal("action=DUNNO\n\n", await AskAsync(next, "RCPT"));
    }

    private static async Task<string> AskAsync(TcpClient client, string state, params string[] attributes)
    {
        string[] usual = ["client_address=192.0.2.10", "sender=ann@good.test", "recipient=alice@example.test", "helo_name=mail.good.test"];
        var lines = usual.Where(line => !attributes.Any(given => given.Split('=')[0] == line.Split('=')[0])).Concat(attributes);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"request=smtpd_access_policy\nprotocol_state={state}\nprotocol_name=ESMTP\n{string.Join('\n', lines)}\n\n"), Stop);
        return await ReadAsync(client);
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        var text = new StringBuilder();
        var buffer = new byte[1024];
        while (!text.ToString().EndsWith("\n\n", StringComparison.Ordinal))
        {
            var count = await client.GetStream().ReadAsync(buffer, patience.Token);
            if (count == 0) break;
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        return text.ToString();
    }

    private void Configure(string service, string parameters = "", string sections = "") =>
        _site.Configure("mynetworks = \"127.0.0.0/8\"\n" + parameters, $"[listeners.ask]\naddress = \"127.0.0.1:0\"\nservice = \"{service}\"\n{sections}");

    private async Task<TcpClient> StartAsync(string service, string parameters = "", string sections = "")
    {
        Configure(service, parameters, sections);
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        Assert.Empty(result.Errors);
        _server = result.Server;
        return await ConnectAsync();
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_server!.Endpoints.Single(endpoint => endpoint.Name == "ask").Address, Stop);
        return client;
    }
}
