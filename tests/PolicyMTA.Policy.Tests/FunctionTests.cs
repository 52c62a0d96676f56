using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class FunctionTests
{
    [Theory]
    [InlineData("reject()", 554, "5.7.1", "Access denied")]
    [InlineData("reject('no', { code: 550, status: '5.7.0' })", 550, "5.7.0", "no")]
    [InlineData("defer()", 450, "4.7.1", "Try again later")]
    [InlineData("defer('later', { code: 451 })", 451, "4.7.1", "later")]
    [InlineData("disconnect()", 421, "4.7.1", "Service unavailable")]
    [InlineData("disconnect('go', { code: 521 })", 521, "5.7.1", "go")]
    public async Task Refusals_have_their_defaults(string verdict, int code, string status, string text)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default () => {verdict};");

        var refusal = (await bench.RcptAsync()).Refusal!;

        Assert.Equal((code, status, $"<alice@example.test>: Recipient address rejected: {text}"), (refusal.Code, refusal.Status.ToString(), refusal.Text));
        Assert.Equal(verdict.StartsWith("disconnect", StringComparison.Ordinal), refusal.Disconnects);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("'OK'")]
    [InlineData("({ verdict: 'permit' })")]
    [InlineData("r.permit()")]
    [InlineData("permit")]
    [InlineData("[permit(), 1]")]
    [InlineData("Promise.resolve(1)")]
    public async Task What_is_no_verdict_is_a_policy_error_and_never_a_permit(string value)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default [rule(() => ({value}), {{ fallback: 'dunno' }})];");

        var refusal = (await bench.RcptAsync()).Refusal!;

        Assert.Equal((451, "4.3.5", "Server configuration error"), (refusal.Code, refusal.Status.ToString(), refusal.Text));
    }

    [Theory]
    [InlineData("undefined")]
    [InlineData("null")]
    [InlineData("dunno()")]
    [InlineData("[]")]
    [InlineData("Promise.resolve()")]
    public async Task Nothing_is_no_opinion(string value)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default () => {value};");

        Assert.Null((await bench.RcptAsync()).Refusal);
    }

    [Theory]
    [InlineData("defer", "451 4.3.0")]
    [InlineData("dunno", "")]
    [InlineData("reject", "554 5.7.1")]
    public async Task A_failing_rule_answers_its_fallback(string fallback, string expected)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default [rule(() => {{ throw new Error('x'); }}, {{ name: 'mine', fallback: '{fallback}' }})];");

        var refusal = (await bench.RcptAsync()).Refusal;

        Assert.Equal(expected, refusal is null ? "" : $"{refusal.Code} {refusal.Status}");
        Assert.Contains(bench.Logger.Lines, l => l.Contains("rule mine (recipient.js:1) failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_context_has_what_the_contract_says()
    {
        await using var bench = new Bench();
        bench.Facts = bench.Facts with { Sasl = new Sasl("alice", "PLAIN"), Tls = new Tls { Version = "TLSv1.3", Cipher = "x", Bits = 256 } };
        bench.Transaction = new TransactionFacts
        {
            Sender = new Address("joe+news", "Good.Test"), Mail = new MailParameters { Size = 100, Body = BodyType.EightBitMime, Ret = Ret.Headers },
        };
        bench.Transaction.Results.Add(new AuthenticationResult("spf", "pass"));
        bench.Stage("recipient", """
            export default (c) => reject(JSON.stringify([
              c.client.ip, c.client.network, c.client.name, c.server.port, c.listener, c.session.id, c.helo.esmtp, c.tls.bits, c.tls.client_cert, c.sasl.user,
              c.sender.address, c.sender.extension, c.mail.size, c.mail.body, c.mail.ret, c.results.spf.result, c.results.dkim,
              c.recipient.address, c.recipient.class, c.recipient.notify, typeof c.message, typeof c.recipients, typeof c['nothing'], c.now(), new Date().getTime() / 1000]));
            """);

        var text = (await bench.RcptAsync("Alice@Example.TEST")).Refusal!.Text;

        Assert.EndsWith(
            """["192.0.2.10","192.0.2.0/24","mail.good.test",25,"smtp","s1",true,256,null,"alice","joe+news@good.test","news",100,"8bitmime","hdrs","pass",null,"Alice@example.test","virtual_mailbox",[],"undefined","undefined","undefined",1795348800,1795348800]""",
            text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lookups_answer_with_value_none_or_a_deferral()
    {
        await using var bench = new Bench();
        bench.Tables.Tables["t"] = new FakeTable(k => k switch
        {
            "good.test" => LookupResult.Found("domain"),
            "bad" => LookupResult.Failed("down"),
            _ => LookupResult.None,
        });
        bench.Stage("client", "export default async ({ lookup }) => (await lookup('t', 'none')) === null ? undefined : reject('there');");
        bench.Stage("helo", "export default async ({ lookup, sender }) => (await lookup('t', sender.address, 'address')) === 'domain' ? undefined : reject('not found');");
        bench.Stage("sender", "export default async ({ lookup }) => { await lookup('t', 'bad'); };");

        Assert.Equal(451, (await bench.RcptAsync()).Refusal!.Code);
        Assert.Contains(bench.Logger.Lines, l => l.Contains("lookup in t failed: down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rule_awaits_several_things_at_once_on_the_sessions_flow()
    {
        var table = new FakeTable(LookupResult.Found) { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var bench = new Bench();
        bench.Tables.Tables["t"] = table;
        bench.Dns.Ipv4["x.test"] = new DnsAnswer<IPAddress>(DnsStatus.Found, [IPAddress.Loopback]);
        bench.Stage("recipient", """
            export default async ({ lookup, dns }) => {
              const [a, b, c] = await Promise.all([lookup('t', 'k'), dns.a('x.test'), dns.mx('m.test')]);
              const d = await lookup('t', 'z');
              return reject([a, b[0], c[0].host, d].join(' '));
            };
            """);

        var answer = bench.RcptAsync();
        Assert.False(answer.IsCompleted);
        table.Gate.SetResult();

        Assert.EndsWith("k 127.0.0.1 mx.m.test z", (await answer).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_of_the_session_outlive_its_engines_and_generations()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "let here = 0; export default ({ session }) => { session.vars.n = (session.vars.n ?? 0) + 1; here++; return reject(`${session.vars.n} ${here}`); };");

        Assert.EndsWith("1 1", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        Assert.EndsWith("2 2", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        bench.Session.EndTransaction();
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.EndsWith("3 1", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        await using var next = bench.Start(bench.Session.Vars);
        Assert.EndsWith("4 1", (await next.RecipientAsync(bench.Recipient(), TestContext.Current.CancellationToken)).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_that_breaks_its_engine_keeps_the_session_alive()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "let n = 0; export default ({ session }) => { session.vars.n = 1; globalThis.JSON = null; return reject(`${++n}`); };");

        Assert.EndsWith("1", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        bench.Session.EndTransaction();

        Assert.EndsWith("1", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        Assert.NotNull(bench.Session.Vars);
    }

    [Fact]
    public async Task A_busy_session_keeps_its_engine_and_an_idle_one_lets_it_go()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "let n = 0; export default () => reject(`${++n}`);");

        Assert.EndsWith("1", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        bench.Session.EndTransaction();
        Assert.EndsWith("2", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.EndsWith("3", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        bench.Session.EndTransaction();
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.EndsWith("rejected: 1", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rates_greylists_and_counters_use_the_sessions_clock()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", """
            export default async ({ rate, greylist, distinct, counter, sender }) => {
              const r = await rate('k', '2/h');
              const g = await greylist('g', { delay: '5m' });
              const d = await distinct('d', String(r.used), '1d');
              const c = await counter('c').add(10);
              return reject([r.over, r.used, g.wait, g.seconds, d, c].join(' '));
            };
            """);

        Assert.EndsWith("false 1 true 300 1 10", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        bench.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.EndsWith("false 2 true 60 2 20", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        bench.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.EndsWith("true 3 false 0 3 30", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Randomness_is_the_sessions_own()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "export default ({ random }) => reject(`${Math.random()} ${random()}`);");
        await using var other = bench.Start();

        Assert.Equal((await bench.RcptAsync()).Refusal, (await other.RecipientAsync(bench.Recipient(), TestContext.Current.CancellationToken)).Refusal);
    }

    [Fact]
    public async Task A_message_can_be_read_and_its_header_changed()
    {
        var message = new FakeMessage("Subject: a\r\nX-Old: 1\r\nContent-Type: text/plain\r\n\r\nhello world\r\n");
        await using var bench = new Bench();
        bench.Stage("end_of_data", """
            export default ({ message: m, recipients, recipient_count }) => {
              m.add_header('X-Text', m.text(5)); m.add_header('X-Top', 'y', { top: true }); m.change_header('Subject', 'b'); m.remove_header('X-Old');
              return reject([m.size, m.header('subject'), m.headers.length, recipients[1].local, recipient_count].join(' '));
            };
            """);

        var refusal = (await bench.EndOfDataAsync(message, "a@example.test", "b@example.test")).Refusal!;

        Assert.EndsWith($"{message.Size} b 4 b 2", refusal.Text, StringComparison.Ordinal);
        Assert.Equal("X-Top:y|Subject:b|Content-Type: text/plain|X-Text:hello", string.Join('|', message.Headers.Select(h => $"{h.Name}:{h.Value}")));
    }

    [Theory]
    [InlineData("() => reject('all')", 554, 0)]
    [InlineData("({ recipient }) => recipient.local === 'a' ? defer('one') : undefined", 450, 0)]
    [InlineData("({ recipient }) => recipient.local === 'a' ? reject('one') : undefined", 0, 2)]
    [InlineData("async ({ recipient }) => undefined", 0, 0)]
    public async Task Per_recipient_verdicts_become_one_reply(string function, int code, int decisions)
    {
        await using var bench = new Bench();
        bench.Stage("end_of_data", $"export default [per_recipient({function})];");

        var decision = await bench.EndOfDataAsync(new FakeMessage("A: b\r\n\r\n"), "a@example.test", "b@example.test");

        Assert.Equal((code, decisions), (decision.Refusal?.Code ?? 0, decision.Recipients.Count));
        if (decisions > 0) Assert.Equal([554, 0], decision.Recipients.Select(r => r.Decision.Refusal?.Code ?? 0));
    }

    [Fact]
    public async Task A_list_that_comes_out_differently_than_at_load_is_a_policy_error()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "const late = Date.now() > 1795348800000 + 1000; export default late ? [() => permit()] : [() => permit(), r.reject()];");
        bench.Load();
        bench.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("4.3.5", (await bench.RcptAsync()).Refusal!.Status.ToString());
    }

    [Fact]
    public async Task A_delay_waits_on_the_clock()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "export default () => [delay('2s'), reject()];");

        var answer = bench.RcptAsync();
        Assert.False(answer.IsCompleted);
        bench.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(554, (await answer).Refusal!.Code);
    }

    [Fact]
    public async Task Modules_are_shared_through_lib()
    {
        await using var bench = new Bench();
        bench.File("lib/words.js", "import { reject } from 'policymta'; export const no = (why) => reject(why);");
        bench.File("recipient.js", "import { no } from './lib/words.js'; export default () => no('shared');");

        Assert.EndsWith("shared", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
    }
}
