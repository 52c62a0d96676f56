using System.Net;
using System.Text;
using PolicyMTA.Composition;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Composition;

/// <summary>A server with <c>shadow</c> in [policy].</summary>
public sealed class ShadowServerTests : IAsyncDisposable
{
    private const string Shadow = "[policy]\nshadow = \"policies-next\"";
    private const string Stricter = "import { reject } from 'policymta';\n\nexport default [function stricter() { return reject('not next week'); }];\n";

    private readonly Site _site = new();
    private MailServer? _server;

    [Fact]
    public async Task The_next_policies_are_compared_on_live_traffic_and_explained()
    {
        _site.Configure("", Shadow);
        _site.Write("policies-next/sender.js", Stricter);
        await StartAsync();
        var id = await SendAsync();

        Assert.Equal((1, 2), (_server!.Shadow.Different, _server.Shadow.Same));
        var metrics = new StringBuilder();
        _server.Metrics.Write(metrics);
        Assert.Contains("policymta_shadow_decisions_total{result=\"different\"} 1\n", metrics.ToString(), StringComparison.Ordinal);
        var steps = (await _server.Traces.FindAsync(id, Stop))!.SelectMany(t => t.Decisions).SelectMany(d => d.Steps);
        var step = Assert.Single(steps, s => s.Stage == "shadow");
        Assert.Equal(("stricter", "sender.js", 3), (step.Rule, step.File, step.Line));
        Assert.Equal("would be 554 5.7.1 <joe@client.example>: Sender address rejected: not next week", step.Verdict);
        Assert.DoesNotContain(_server.Rules, r => r.Counts.Rule == "stricter");
    }

    [Fact]
    public async Task A_mistake_in_the_next_policies_is_told_with_its_place_and_changes_nothing()
    {
        await StartAsync();
        var before = _server!.Hash;
        _site.Configure("", Shadow);
        _site.Write("policies-next/sender.js", "import { restrictions as r } from 'policymta';\nexport default [r.reject_nothing_at_all()];\n");
        var error = Assert.Single((await _server.ReloadAsync(now: false, Stop)).Errors);
        Assert.EndsWith("policies-next/sender.js", error.File, StringComparison.Ordinal);
        Assert.Equal(2, error.Line);
        Assert.Equal(before, _server.Hash);
        Assert.StartsWith("4", await SendAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_policies_are_part_of_a_generation_and_come_back_with_it()
    {
        _site.Configure("", Shadow);
        _site.Write("policies-next/sender.js", Stricter);
        await StartAsync();
        var first = _server!.Hash;
        _site.Write("policies-next/sender.js", "export default [];\n");
        var reload = await _server.ReloadAsync(now: true, Stop);
        Assert.Equal(["shadow sender.js changed"], reload.Changes);
        await SendAsync();
        Assert.Equal(0, _server.Shadow.Different);
        Assert.Contains("+++ shadow/sender.js", _server.Difference(null, null), StringComparison.Ordinal);
        Assert.Equal(first, (await _server.RollbackAsync(null, "", Stop)).Hash);
        await SendAsync();
        Assert.Equal(1, _server.Shadow.Different);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _site.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task StartAsync()
    {
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        Assert.Empty(result.Errors);
        _server = result.Server;
    }

    /// <summary>The queue id.</summary>
    private async Task<string> SendAsync()
    {
        await using var client = await LineClient.ConnectAsync((IPEndPoint)_server!.Endpoints.Single().Address, Stop);
        await client.ReadAsync();
        await client.SayAsync("EHLO client.example", "250");
        await client.SayAsync("MAIL FROM:<joe@client.example>", "250 2.1.0");
        await client.SayAsync("RCPT TO:<alice@example.test>", "250 2.1.5");
        await client.SayAsync("DATA", "354");
        var reply = await client.SayAsync("Subject: hello\r\n\r\nHow are you?\r\n.", "250 2.0.0 Ok: queued as ");
        await client.SayAsync("QUIT", "221");
        return reply.Split(' ')[^1];
    }
}
