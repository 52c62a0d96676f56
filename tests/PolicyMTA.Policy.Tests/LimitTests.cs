using System.Diagnostics;

namespace PolicyMTA.Policy.Tests;

/// <summary>What they measure is the whole process's: no other test may run beside them.</summary>
[Collection(nameof(Measured))]
public sealed class LimitTests
{
    public static TheoryData<string> Greed =>
    [
        "for (;;) {}",
        "try { for (;;) {} } catch { return permit(); } finally { for (;;) {} }",
        "(function f() { f(); })()",
        "/^(a+)+$/.test('a'.repeat(40) + '!')",
        "'x'.repeat(5e8)",
        "'ab'.repeat(2e8)",
        "'x'.padStart(5e8)",
        "'x'.padEnd(5e8)",
        "'x'.repeat(1e6).replaceAll('x', 'y'.repeat(1000))",
        "'x'.repeat(1e6).replace(/x/g, 'y'.repeat(1000))",
        "let s = 'x'; for (let i = 0; i < 40; i++) s += s; s.length",
        "let s = 'x'; for (let i = 0; i < 40; i++) s = s.concat(s)",
        "let s = 'x'; for (let i = 0; i < 40; i++) s = `${s}${s}`; s.length",
        "Array(10000).fill('x'.repeat(1e6)).join('')",
        "JSON.stringify(Array(1000).fill('\\u0001'.repeat(1e6)))",
        "encodeURIComponent('\\u1234'.repeat(1e6))",
        "'\\uFDFA'.repeat(1e6).normalize('NFKD')",
        "const a = Array(1000).fill(1), b = Array(1000).fill(a); Array(1000).fill(b).flat(5)",
        "const b = Array(90000).fill(1); Array(90000).fill(0).flatMap(() => b)",
        "new Array(1e9)",
        "const a = []; for (;;) a.push('x')",
        "let a = []; for (let i = 0; i < 9000; i++) a = [a]; String(a)",
        "new ArrayBuffer(2e9)",
        "new Uint8Array(1e9)",
        "2n ** 100000000n",
        "eval('1')",
        "new Function('return 1')()",
        "System.Environment.Exit(1)",
    ];

    [Theory]
    [MemberData(nameof(Greed))]
    public async Task A_greedy_rule_defers_and_the_session_goes_on(string code)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default ({{ recipient }}) => {{ if (recipient.local === 'a') return permit(); {code} }};");
        await bench.RcptAsync("a@example.test");
        var before = GC.GetTotalAllocatedBytes();
        var started = Stopwatch.GetTimestamp();

        var refusal = (await bench.RcptAsync("b@example.test")).Refusal;

        Assert.Equal("451 4.3.0", $"{refusal?.Code} {refusal?.Status}");
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(6), "it took too long");
        Assert.True(GC.GetTotalAllocatedBytes() - before < 200 << 20, "it took too much memory");
        Assert.Null((await bench.RcptAsync("a@example.test")).Refusal);
    }

    [Theory]
    [InlineData("await new Promise(() => {});")]
    [InlineData("for (;;) await null;")]
    [InlineData("try { await null; for (;;) {} } catch { return permit(); }")]
    [InlineData("await Promise.reject(new Error('x'));")]
    public async Task So_does_one_that_awaits(string code)
    {
        await using var bench = new Bench();
        bench.Stage("recipient", $"export default async ({{ recipient }}) => {{ if (recipient.local === 'a') return permit(); {code} }};");

        Assert.Equal(451, (await bench.RcptAsync("b@example.test")).Refusal!.Code);
        Assert.Null((await bench.RcptAsync("a@example.test")).Refusal);
    }

    [Theory]
    [InlineData("", 5)]
    [InlineData(", budget: '50ms'", 0.05)]
    public async Task A_rule_that_waits_too_long_answers_its_fallback(string budget, double seconds)
    {
        await using var bench = new Bench();
        bench.Tables.Tables["t"] = new FakeTable(_ => default) { Gate = new TaskCompletionSource() };
        bench.Stage("recipient", $"export default [rule(async ({{ lookup }}) => {{ await lookup('t', 'k'); }}, {{ fallback: 'reject'{budget} }})];");

        var answer = bench.RcptAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(answer.IsCompleted);
        bench.Time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Equal(554, (await answer).Refusal!.Code);
    }

    [Fact]
    public async Task What_fits_is_left_alone()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", """
            export default () => reject([
              'ab'.repeat(2), 'x'.padStart(3, '.'), 'a-b-c'.replaceAll('-', '$&$&'), 'abc'.replace(/b/, (m) => m + m), ['a', ['b', 'c'], null].join('+'),
              JSON.stringify({ a: 1, b: [2] }), JSON.stringify({ a: 1, b: 2 }, ['a']), JSON.stringify({ a: 1 }, (k, v) => k === 'a' ? 5 : v),
              [1, [2, [3]]].flat(2).length, [1, 2].flatMap((x) => [x, x]).length, encodeURIComponent('ü'), 'a'.concat('b', 1)].join(' '));
            """);

        Assert.EndsWith(
            """abab ..x a--b--c abbc a+b,c+ {"a":1,"b":[2]} {"a":1} {"a":5} 3 4 %C3%BC ab1""", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_without_functions_makes_no_engine()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [r.permit_mynetworks(), r.permit_sasl_authenticated()];");
        for (var i = 0; i < 3; i++) await bench.RcptAsync();
        await using var session = bench.Start();
        var context = bench.Recipient();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var answer = session.RecipientAsync(context, TestContext.Current.CancellationToken);

        Assert.True(answer.IsCompletedSuccessfully);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4096);
    }
}
