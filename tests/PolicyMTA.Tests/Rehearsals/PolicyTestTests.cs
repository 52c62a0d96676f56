using PolicyMTA.Policy.Testing;
using PolicyMTA.Rehearsals;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Rehearsals;

/// <summary><c>*.test.js</c>: whole sessions against fakes of what is outside.</summary>
public sealed class PolicyTestTests : IDisposable
{
    private const string Import = "import { reject, defer, hold, redirect, discard, permit, delay, restrictions as r } from 'policymta';\n";

    private readonly Site _site = new();

    public PolicyTestTests() => _site.Write("mailboxes", "alice@example.test alice/\nbob@example.test bob/\n");

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Rule_is_tried_in_a_whole_session_and_a_reply_tells_who_decided()
    {
        _site.Policy("recipient.js", $"{Import}export default [function noBob({{ recipient, client, helo, tls, sasl }}) {{\n  if (recipient.local === 'bob') return reject(`${{client.ip}} ${{client.name}} ${{helo.name}} ${{tls.version}} ${{sasl.user}}`);\n}}];");
        await PassAsync("""
            const sent = await send({ ip: '192.0.2.9', name: 'mx.one.test', helo: 'one.test', tls: true, user: 'joe', from: 'a@one.test', to: ['alice@example.test', 'bob@example.test'] });
            assert.refused(sent.replies.rcpt[1], '192.0.2.9 mx.one.test one.test TLSv1.3 joe');
            assert.equal([sent.reply.code, sent.reply.status, sent.reply.rule, sent.reply.file, sent.reply.line], [554, '5.7.1', 'noBob', 'recipient.js', 2]);
            assert.decidedBy(sent, 'recipient.js:2');
            assert.equal(sent.queued[0].recipients.map((r) => r.address), ['alice@example.test']);
            assert.equal(sent.reply.decisions.map((d) => d.stage).includes('relay'), true);
            """);
    }

    [Fact]
    public async Task Dns_tables_addresses_endpoints_and_the_clock_are_what_the_test_says()
    {
        _site.Configure("", "\n[tables.vip]\ntype = \"texthash\"\npath = \"vip\"\n\n[http.judge]\nurl = \"https://judge.invalid/\"\n\n[events.alarm]\nurl = \"https://alarm.invalid/\"\n");
        _site.Write("vip", "real@one.test yes\n");
        _site.Policy("recipient.js", $$"""
            {{Import}}export default async ({ sender, lookup, dns, verify_address, http, event, now }) => {
              event('alarm', { sender: sender.address });
              const facts = [await lookup('vip', sender.address), (await dns.a('one.test')).join(), (await dns.mx('one.test')).length, await verify_address('x@one.test'), (await http('judge', {})).body.word, new Date().getUTCFullYear()];
              return reject(facts.join(' '));
            };
            """);
        await PassAsync("""
            tables.set('vip', { 'a@one.test': 'gold' });
            dns.a('one.test', ['192.0.2.1', '192.0.2.2']);
            dns.mx('one.test', '10 mx.one.test');
            addresses.set('x@one.test', 'deliverable');
            http.reply('judge', { status: 200, body: { word: 'fine' } });
            clock.set('2031-02-03T00:00:00Z');
            const sent = await send({ from: 'a@one.test', to: 'alice@example.test' });
            assert.refused(sent, 'gold 192.0.2.1,192.0.2.2 1 deliverable fine 2031');
            assert.equal(events(), [{ name: 'alarm', data: { sender: 'a@one.test' } }]);
            """);
    }

    [Fact]
    public async Task What_a_test_does_not_fill_is_read_as_it_is_and_what_fails_defers()
    {
        _site.Configure("", "\n[tables.vip]\ntype = \"texthash\"\npath = \"vip\"\n\n[tables.far]\ntype = \"socketmap\"\nname = \"inet:far.invalid:10001:vip\"\n");
        _site.Write("vip", "real@one.test yes\n");
        _site.Policy("recipient.js", $"{Import}export default async ({{ sender, lookup }}) => reject(`${{await lookup(sender.local === 'far' ? 'far' : 'vip', sender.address)}}`);");
        await PassAsync("""
            assert.refused(await send({ from: 'real@one.test', to: 'alice@example.test' }), 'rejected: yes');
            assert.deferred(await send({ from: 'far@one.test', to: 'alice@example.test' }));
            tables.fail('vip');
            assert.deferred(await send({ from: 'real@one.test', to: 'alice@example.test' }));
            """);
    }

    [Fact]
    public async Task Time_passes_only_when_the_test_says_so()
    {
        _site.Policy("recipient.js", $$"""
            {{Import}}export default [() => delay('30s'), async ({ client, greylist, rate }) => {
              const grey = await greylist(client.ip, { delay: '5m' });
              if (grey.wait) return defer(`wait ${grey.seconds}`);
              if ((await rate(client.ip, '2/h')).over) return reject('too many');
            }];
            """);
        await PassAsync("""
            const mail = { from: 'a@one.test', to: 'alice@example.test' };
            assert.deferred(await send(mail), 'wait 300');
            await clock.advance('4m');
            assert.deferred(await send(mail), 'wait 60');
            await clock.advance('61s');
            assert.accepted(await send(mail));
            assert.accepted(await send(mail));
            assert.refused(await send(mail), 'too many');
            await clock.advance('2h');
            assert.accepted(await send(mail));
            """);
    }

    [Fact]
    public async Task Queue_shows_holds_redirections_and_changed_headers()
    {
        _site.Policy("recipient.js", $"{Import}export default [({{ recipient }}) => recipient.local === 'bob' ? redirect('alice@example.test') : undefined];");
        _site.Policy("end_of_data.js", $"{Import}export default [({{ message }}) => {{ message.add_header('X-Seen', 'yes'); message.remove_header('X-Secret'); return message.header('Subject') === 'odd' ? hold('odd', {{ name: 'review' }}) : undefined; }}];");
        await PassAsync("""
            const plain = await send({ from: 'a@one.test', to: 'bob@example.test', headers: { Subject: 'plain', 'X-Secret': 'x' }, body: 'one\r\n.dot\r\n' });
            assert.equal([plain.queued[0].header('x-seen'), plain.queued[0].header('X-Secret'), plain.queued[0].body], ['yes', null, 'one\r\n.dot\r\n']);
            assert.equal([plain.queued[0].recipients[0].address, plain.queued[0].recipients[0].state], ['alice@example.test', 'due']);
            const odd = await send({ from: 'a@one.test', to: 'alice@example.test', headers: { Subject: 'odd' } });
            assert.equal([odd.queued[0].recipient('alice@example.test').state, odd.queued[0].recipient('alice@example.test').hold], ['held', 'review']);
            assert.equal((await queue()).length, 2);
            """);
    }

    [Fact]
    public async Task Session_can_be_led_by_hand()
    {
        await PassAsync("""
            const s = await smtp({ helo: null });
            assert.equal(s.banner.code, 220);
            assert.match(await s.ehlo('one.test'), 'mx.example.test');
            assert.accepted(await s.mail('a@one.test', { SIZE: 100, SMTPUTF8: true }));
            assert.refused(await s.rcpt('x@elsewhere.test'), 'Relay access denied');
            assert.accepted(await s.rcpt('alice@example.test'));
            assert.accepted(await s.rset());
            assert.refused(await s.command('NONSENSE'));
            assert.equal((await s.quit()).code, 221);
            """);
    }

    [Fact]
    public async Task Rule_sees_what_its_session_was_answered_so_far()
    {
        _site.Policy("recipient.js", $"{Import}export default ({{ recipient, session: {{ counters: c }} }}) => recipient.local === 'bob' ? reject(`${{c.messages}} ${{c.recipients}} ${{c.refused_recipients}} ${{c.errors}}`) : undefined;");
        await PassAsync("""
            const s = await smtp();
            assert.refused(await s.send({ from: 'a@one.test', to: 'bob@example.test' }), 'rejected: 0 0 0 0');
            assert.refused(await s.command('NONSENSE'));
            assert.refused(await s.send({ from: 'a@one.test', to: ['alice@example.test', 'bob@example.test'] }), 'rejected: 0 1 1 2');
            assert.refused(await s.send({ from: 'a@one.test', to: 'bob@example.test' }), 'rejected: 1 1 2 3');
            assert.refused(await send({ from: 'a@one.test', to: 'bob@example.test' }), 'rejected: 0 0 0 0');
            """);
    }

    [Fact]
    public async Task Editors_are_told_what_a_test_gets()
    {
        var types = Policy.Types.PolicyTypes.Write([]);
        string NamesOf(string type) => string.Join(',', System.Text.RegularExpressions.Regex.Matches(types.Split($"interface {type} {{")[^1].Split("\n  }")[0], @"(?m)^    (\w+)").Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
        var results = await RunAsync($$"""
            test('passes', async (context) => {
              assert.equal(Object.keys(context).toSorted().join(), '{{NamesOf("TestContext")}}');
              const s = await context.smtp();
              const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(s)).filter((n) => n !== 'constructor');
              assert.equal([...methods, ...Object.keys(s)].toSorted().join(), '{{NamesOf("Session")}}');
              const sent = await context.send({ from: 'a@one.test', to: 'alice@example.test' });
              assert.equal(Object.keys(sent).toSorted().join(), 'queued,replies,reply');
              assert.equal([...Object.keys(sent.queued[0]), 'header', 'recipient'].toSorted().join(), '{{NamesOf("QueuedMessage")}}');
            });
            """);
        Assert.Null(Assert.Single(results).Failure);
    }

    [Fact]
    public async Task Tests_know_nothing_of_each_other()
    {
        _site.Policy("recipient.js", $"{Import}export default [async ({{ client, rate }}) => (await rate(client.ip, '1/h')).over ? reject('too many') : undefined];");
        var results = await RunAsync("""
            const mail = { from: 'a@one.test', to: 'alice@example.test' };
            test('one', async ({ send, clock, dns, queue }) => { await clock.advance('1d'); dns.a('x.test', '192.0.2.1'); assert.accepted(await send(mail)); });
            test('two', async ({ send, clock, queue }) => { assert.equal((await queue()).length, 0); assert.equal(clock.now().toISOString(), '2026-01-05T12:00:00.000Z'); assert.accepted(await send(mail)); });
            """);
        Assert.Equal(["one: ", "two: "], results.Select(r => $"{r.Name}: {r.Failure?.Message}"));
    }

    [Theory]
    [InlineData("assert.accepted(await send({ from: 'a@one.test', to: 'x@elsewhere.test' }));", 3, "expected to be accepted, got \"554 5.7.1 <x@elsewhere.test>: Relay access denied\", decided by reject_unauth_destination (relay.js:2)")]
    [InlineData("assert.equal(1, 2);", 3, "not equal: expected 2, got 1")]
    [InlineData("undefined.x;", 3, "Cannot read properties of undefined (reading 'x')")]
    [InlineData("await smtp({ listner: 'x' });", 3, "a client has no 'listner'; did you mean 'listener'?")]
    [InlineData("await smtp({ listener: 'mx' });", 3, "there is no listener 'mx'")]
    [InlineData("await smtp({ ip: 'nowhere' });", 3, "'nowhere' is no address")]
    [InlineData("tables.set('hash:/none', {});", 3, "neither the configuration nor a policy has a table 'hash:/none'")]
    [InlineData("dns.mx('one.test', 'mx.one.test');", 3, "'mx.one.test' is no mx record, which is like '10 mx.example.net'")]
    [InlineData("dns.a('one.test', '::1');", 3, "'::1' is no a record")]
    [InlineData("await clock.advance('soon');", 3, "'soon' is no duration such as '5m'")]
    [InlineData("await clock.set('2001-01-01');", 3, "the clock does not go back")]
    [InlineData("addresses.set('a@b.test', 'maybe');", 3, "an address is 'deliverable', 'undeliverable' or 'unknown'")]
    [InlineData("const s = await smtp(); await s.quit(); await s.rset();", 3, "the server has closed the session")]
    [InlineData("for (;;) {}", 3, "ran too many statements")]
    [InlineData("await new Promise(() => {});", 0, "waits for a promise that nothing settles")]
    public async Task Failure_tells_what_and_where(string body, int line, string message)
    {
        var failure = Assert.Single(await RunAsync($"test('fails', async ({{ send, smtp, queue, tables, dns, clock, addresses }}) => {{\n{body}\n}});")).Failure;
        Assert.NotNull(failure);
        Assert.Equal(message, failure.Message);
        if (line > 0) Assert.Equal(line, failure.Line);
    }

    [Theory]
    [InlineData("import x from './none.js';", "there is no module 'none.js'")]
    [InlineData("const;", "Unexpected token ';'")]
    [InlineData("export default 1;", "has no test")]
    [InlineData("import fs from 'fs';", "there is no module 'fs'")]
    [InlineData("import { test } from 'policymta/test';\ntest('x');", "test wants a name and a function")]
    public async Task File_that_cant_be_run_is_a_failure(string text, string message)
    {
        var (rehearsal, result) = await Rehearsal.OpenAsync(_site.Configuration, new RehearsalOptions(), CancellationToken.None);
        Assert.Empty(result.Errors);
        await using (rehearsal)
        {
            var failed = Assert.Single(await PolicyTestFile.RunAsync(rehearsal!.Policies, "x.test.js", text, new TestStage(rehearsal), _ => true, CancellationToken.None));
            Assert.Equal(("", message), (failed.Name, failed.Failure!.Message));
        }
    }

    [Theory]
    [InlineData("inet:127.0.0.1:1", "")]
    [InlineData("spamassassin", "PolicyMTA.Filters.SpamAssassin")]
    [InlineData("rspamd", "PolicyMTA.Filters.Rspamd")]
    [InlineData("clamav", "PolicyMTA.Filters.ClamAv")]
    public async Task Milter_that_asks_another_program_takes_no_part(string milter, string plugin)
    {
        var options = plugin.Length == 0 ? "" : $"[plugins.\"{plugin}\"]\nserver = \"127.0.0.1:1\"\nscan_submissions = true\n";
        _site.Configure($"smtpd_milters = \"{milter}\"\nmilter_default_action = \"reject\"", options);
        await PassAsync("assert.accepted(await send({ from: 'a@one.test', to: 'alice@example.test' }));");
    }

    [Fact]
    public async Task Rehearsal_writes_nothing_where_the_site_is()
    {
        await PassAsync("assert.accepted(await send({ from: 'a@one.test', to: 'alice@example.test' }));");
        Assert.False(Directory.Exists(_site.File("queue")));
        Assert.False(Path.Exists(_site.File("counters.sqlite3")));
        Assert.False(Directory.Exists(_site.File("traces")));
    }

    private async Task PassAsync(string body)
    {
        var results = await RunAsync($"test('passes', async ({{ send, smtp, queue, dns, tables, addresses, clock, http, events }}) => {{\n{body}\n}});");
        Assert.Null(Assert.Single(results).Failure);
    }

    private async Task<IReadOnlyList<PolicyTestResult>> RunAsync(string tests)
    {
        var (rehearsal, result) = await Rehearsal.OpenAsync(_site.Configuration, new RehearsalOptions(), CancellationToken.None);
        Assert.Empty(result.Errors);
        await using (rehearsal) return await PolicyTestFile.RunAsync(rehearsal!.Policies, "x.test.js", "import { test, assert } from 'policymta/test';\n" + tests, new TestStage(rehearsal), _ => true, CancellationToken.None);
    }
}
