using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

public sealed class EtrnTests
{
    private const string Hello = "S: 220 *\nC: EHLO client.example\nS: ...\n";

    private static Task<ReceivingServer> StartAsync() => ReceivingServer.StartAsync(
        generation: g => g with { FastFlushDomains = DomainList.Parse(["served.test"], new NoTables(), matching: DomainMatching.Subdomains) }, holds: false);

    [Fact]
    public async Task Waiting_mail_for_a_served_domain_is_tried_now_and_no_other()
    {
        await using var server = await StartAsync();
        await DeferAsync(server, "x@served.test", "y@other.test");
        await server.PlayAsync(Hello + "C: ETRN SERVED.test\nS: 250 Queuing started\nC: ETRN other.test\nS: 459 <other.test>: service unavailable");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await DueAsync(server, "served.test") > TimeProvider.System.GetUtcNow().AddMinutes(30)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        Assert.True(await DueAsync(server, "other.test") > TimeProvider.System.GetUtcNow().AddMinutes(30));
    }

    [Fact]
    public async Task Domains_below_a_served_one_are_served_and_syntax_is_checked()
    {
        await using var server = await StartAsync();
        await server.PlayAsync("S: 220 *\nC: ETRN served.test\nS: 503 Error: send HELO/EHLO first\nC: EHLO client.example\nS: ...\n" + """
            C: ETRN
            S: 500 Syntax: ETRN domain
            C: ETRN served.test now
            S: 500 Syntax: ETRN domain
            C: ETRN -served
            S: 501 Error: invalid parameter syntax
            C: ETRN @sub.served.test
            S: 250 Queuing started
            C: ETRN sub.served.test
            S: 250 Queuing started
            C: ETRN [192.0.2.1]
            S: 459 <[192.0.2.1]>: service unavailable
            C: MAIL FROM:<joe@good.test>
            S: 250 2.1.0 Ok
            C: ETRN served.test
            S: 503 Error: MAIL transaction in progress
            """);
    }

    [Fact]
    public async Task More_domains_than_anyone_needs_are_not_queued()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { JunkCommandLimit = 1000 },
            generation: g => g with { FastFlushDomains = DomainList.Parse(["served.test"], new NoTables(), matching: DomainMatching.Subdomains) }, holds: false);
        // A hundred within a minute are taken; the one beyond is not, and a known one still is.
        var asked = string.Concat(Enumerable.Range(0, 100).Select(i => $"C: ETRN d{i}.served.test\nS: 250 Queuing started\n"));
        await server.PlayAsync(Hello + asked + "C: ETRN d0.served.test\nS: 250 Queuing started\nC: ETRN d100.served.test\nS: 458 Unable to queue messages");
    }

    [Fact]
    public async Task The_etrn_list_says_who_may_ask_for_what_and_the_delayed_lists_are_asked_before_it()
    {
        await using var server = await ReceivingServer.StartAsync(
            policies: new()
            {
                ["client.js"] = "import { reject } from 'policymta';\nexport default [({ helo }) => helo.name === 'bad.example' ? reject('not you') : undefined];",
                ["helo.js"] = "import { defer_if_reject } from 'policymta';\nexport default [({ helo }) => helo.name === 'new.example' ? defer_if_reject('too new') : undefined];",
                ["sender.js"] = "import { reject } from 'policymta';\nexport default [() => reject('never asked')];",
                ["etrn.js"] = "import { reject, restrictions as r } from 'policymta';\nexport default [({ argument }) => argument.startsWith('closed.') ? reject() : undefined];",
            },
            generation: g => g with { FastFlushDomains = DomainList.Parse(["served.test"], new NoTables(), matching: DomainMatching.Subdomains) }, holds: false);
        await server.PlayAsync(Hello + """
            C: ETRN closed.served.test
            S: 554 5.7.1 <closed.served.test>: Etrn command rejected: Access denied
            C: ETRN open.served.test
            S: 250 Queuing started
            C: ETRN closed.other.test
            S: 554 5.7.1 <closed.other.test>: Etrn command rejected: Access denied
            C: ETRN other.test
            S: 459 <other.test>: service unavailable
            C: EHLO new.example
            S: ...
            C: ETRN closed.served.test
            S: 450 4.7.0 <new.example>: Helo command rejected: too new
            C: ETRN open.served.test
            S: 250 Queuing started
            C: EHLO bad.example
            S: ...
            C: ETRN open.served.test
            S: 554 5.7.1 <*>: Client host rejected: not you
            """);
    }

    [Fact]
    public async Task Without_delay_the_early_lists_are_not_asked_again()
    {
        await using var server = await ReceivingServer.StartAsync(delaysReject: false,
            policies: new()
            {
                ["helo.js"] = "import { defer_if_permit } from 'policymta';\nexport default [({ helo }) => helo.name === 'new.example' ? defer_if_permit('too new') : undefined];",
                ["etrn.js"] = "import { permit } from 'policymta';\nexport default [() => permit()];",
            },
            generation: g => g with { FastFlushDomains = DomainList.Parse(["served.test"], new NoTables(), matching: DomainMatching.Subdomains) }, holds: false);
        await server.PlayAsync(Hello + """
            C: ETRN served.test
            S: 250 Queuing started
            C: EHLO new.example
            S: ...
            C: ETRN served.test
            S: 450 4.7.0 <new.example>: Helo command rejected: too new
            """);
    }

    private static async Task DeferAsync(ReceivingServer server, params string[] recipients)
    {
        var content = server.Queue.CreateContent();
        await content.WriteAsync("Subject: hi\r\n\r\n"u8.ToArray(), CancellationToken.None);
        await server.Queue.CommitAsync(new NewMessage
        {
            Id = server.Queue.NextId(),
            Sender = Address.FromInternal("joe@good.test"),
            Origin = new MessageOrigin { Kind = OriginKind.Smtp },
            Recipients = [.. recipients.Select((r, i) => new QueuedRecipient { Number = i, Address = Address.FromInternal(r), State = RecipientState.Due, Due = TimeProvider.System.GetUtcNow().AddHours(1) })],
            Content = content,
        }, CancellationToken.None);
    }

    private static async Task<DateTimeOffset> DueAsync(ReceivingServer server, string domain) =>
        (await server.QueuedAsync()).SelectMany(e => e.Recipients).Single(r => r.Address.Domain == domain).Due;
}
