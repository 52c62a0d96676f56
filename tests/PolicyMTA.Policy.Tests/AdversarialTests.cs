using System.Diagnostics;

namespace PolicyMTA.Policy.Tests;

/// <summary>Policies that mean harm: their own session gets an answer within its budget, and nobody else notices.</summary>
[Collection(nameof(Measured))]
public sealed class AdversarialTests
{
    [Theory]
    [InlineData("throw null;")]
    [InlineData("throw undefined;")]
    [InlineData("throw { toString() { throw new Error('x'); } };")]
    [InlineData("throw new Proxy({}, { get() { throw new Error('x'); } });")]
    [InlineData("throw { get message() { for (;;) {} } };")]
    [InlineData("throw Object.assign(new Error('x'), { stack: 'y'.repeat(1e6) });")]
    [InlineData("const e = new Error('x'); e.cause = e; throw e;")]
    [InlineData("throw permit();")]
    [InlineData("throw permit.relay('mine');")]
    public async Task Whatever_is_thrown_is_a_failure_with_its_fallback(string code) => Assert.Equal("451 4.3.0", await AnswerAsync(code));

    [Theory]
    [InlineData("return 250;")]
    [InlineData("return 'permit';")]
    [InlineData("return true;")]
    [InlineData("return {};")]
    [InlineData("return permit;")]
    [InlineData("return r.permit_mynetworks();")]
    [InlineData("return Symbol('permit');")]
    [InlineData("return 10n;")]
    [InlineData("return Object.create(permit());")]
    [InlineData("return new Proxy(permit(), {});")]
    [InlineData("return { __proto__: permit(), verdict: 'permit' };")]
    [InlineData("return Object.assign({}, permit.relay('x'));")]
    [InlineData("return [permit(), 1];")]
    [InlineData("return [[permit()]];")]
    [InlineData("return Promise.resolve({ then(f) { f(7); } });")]
    [InlineData("const a = [permit()]; Object.defineProperty(a, 0, { get() { return 1; } }); return a;")]
    public async Task What_is_no_verdict_is_a_mistake_and_never_a_permit(string code) => Assert.Equal("451 4.3.5", await AnswerAsync(code));

    [Theory]
    [InlineData("Array.prototype.push = Array.prototype.map = () => [permit()];")]
    [InlineData("Object.prototype.address = 'root@example.test'; Object.prototype.then = (f) => f(permit());")]
    [InlineData("String.prototype.includes = String.prototype.endsWith = () => true;")]
    [InlineData("Promise.prototype.then = (f) => f(permit());")]
    [InlineData("JSON.stringify = JSON.parse = () => { throw new Error('gone'); };")]
    [InlineData("globalThis.reject = () => permit(); globalThis.evil = true;")]
    [InlineData("Object.defineProperty(Object.prototype, 'recipient', { get() { return { address: 'x' }; }, configurable: true });")]
    [InlineData("for (const key of Reflect.ownKeys(globalThis)) { try { delete globalThis[key]; } catch {} }")]
    [InlineData("Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.seal(globalThis);")]
    public async Task Poison_stays_in_the_session_that_was_poisoned(string poison)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $$"""
            export default async ({ recipient, session }) => {
              if (recipient.local === 'poison') { {{poison}} return; }
              session.vars.seen = (session.vars.seen ?? 0) + 1;
              const words = ['a', 'b'].map((w) => w + 'c');
              words.push(await Promise.resolve('d'));
              return reject(`${recipient.address} ${words.join()} ${JSON.stringify(session.vars)} ${typeof evil} ${'abc'.includes('x')}`);
            };
            """);
        await bench.RcptAsync("poison@example.test");
        await bench.RcptAsync("alice@example.test");
        bench.Session.EndTransaction();
        await using var other = bench.Start();
        var refusal = (await other.RecipientAsync(bench.Recipient("alice@example.test"), TestContext.Current.CancellationToken)).Refusal!;
        Assert.EndsWith("alice@example.test ac,bc,d {\"seen\":1} undefined false", refusal.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("typeof System + typeof importNamespace + typeof clr + typeof require + typeof process")]
    [InlineData("typeof recipient.GetType + typeof client.constructor.Assembly + typeof permit.GetType + typeof session.GetHashCode + typeof log.Dispose")]
    public async Task Nothing_of_the_machine_can_be_reached(string code)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default (c) => {{ const {{ recipient, client, session, log }} = c; return reject({code}); }};");
        Assert.EndsWith(string.Concat(Enumerable.Repeat("undefined", 5)), (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(() => {}).constructor('return this')()")]
    [InlineData("(async () => {}).constructor('return 1')()")]
    [InlineData("(function* () {}).constructor('yield 1')()")]
    [InlineData("setTimeout(() => {}, 1)")]
    [InlineData("new Worker('x')")]
    [InlineData("fetch('http://127.0.0.1/')")]
    public async Task Code_from_texts_and_ways_out_do_not_exist(string code) => Assert.Equal("451 4.3.0", await AnswerAsync(code + ";"));

    [Fact]
    public async Task Other_sessions_go_on_beside_rules_that_burn_all_they_may()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "export default async ({ recipient }) => { if (recipient.local === 'burn') { for (;;) await null; } if (recipient.local === 'wait') await new Promise(() => {}); };");
        var threads = ThreadPool.ThreadCount;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var burning = Enumerable.Range(0, 16).Select(i => Task.Run(() => OneAsync(i % 2 == 0 ? "burn" : "wait"))).ToList();
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 50; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal("", await OneAsync("alice"));
            slowest = Stopwatch.GetElapsedTime(started) > slowest ? Stopwatch.GetElapsedTime(started) : slowest;
        }
        foreach (var answer in await Task.WhenAll(burning).WaitAsync(TimeSpan.FromSeconds(60))) Assert.Equal("451 4.3.0", answer);
        Assert.True(slowest < TimeSpan.FromSeconds(6), $"a session beside them took {slowest}");
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 64 << 20, "memory grew");
        Assert.True(ThreadPool.ThreadCount - threads < 64, "threads grew");

        async Task<string> OneAsync(string local)
        {
            await using var session = bench.Start();
            var refusal = (await session.RecipientAsync(bench.Recipient($"{local}@example.test"), TestContext.Current.CancellationToken)).Refusal;
            return refusal is null ? "" : $"{refusal.Code} {refusal.Status}";
        }
    }

    private static async Task<string> AnswerAsync(string code)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default ({{ recipient }}) => {{ {code} }};");
        var started = Stopwatch.GetTimestamp();
        var refusal = (await bench.RcptAsync()).Refusal;
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15), "it took too long");
        return refusal is null ? "" : $"{refusal.Code} {refusal.Status}";
    }
}
