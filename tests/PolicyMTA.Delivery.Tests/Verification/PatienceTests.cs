using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Delivery.Verification;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Verification;

public sealed class PatienceTests
{
    private const string Slow = """
        S: 220 mx.remote.test ESMTP
        C: EHLO example.test
        S: 250 mx.remote.test
        C: MAIL FROM:<double-bounce@example.test>
        S: 250 Ok
        C: RCPT TO:<x@remote.test>
        GATE
        S: 550 5.1.1 at last
        C: RSET
        S: 250 Ok
        """;

    private static readonly AddressVerification InProgress = new(AddressStanding.InProgress, "Address verification in progress");

    [Fact]
    public async Task A_session_waits_six_seconds_for_a_slow_host_and_the_answer_comes_later()
    {
        await using var server = ScriptedServer.Start(Slow);
        await using var verified = new Verified(Verified.To(server.Port));
        var asked = verified.AskAsync("x@remote.test");
        await server.Hung;
        verified.Clock.Advance(TimeSpan.FromSeconds(5.9));
        Assert.False(asked.IsCompleted);
        verified.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(InProgress, await asked);
        server.Gate.SetResult();
        Assert.Contains("550 5.1.1 at last", (await verified.AskUntilAsync("x@remote.test", AddressStanding.Undeliverable)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_who_ask_for_an_address_share_one_probe()
    {
        await using var server = ScriptedServer.Start(Slow);
        await using var verified = new Verified(Verified.To(server.Port));
        Task<AddressVerification>[] asked = [.. Enumerable.Range(0, 50).Select(_ => verified.AskAsync("x@remote.test"))];
        await server.Hung;
        server.Gate.SetResult();
        Assert.All(await Task.WhenAll(asked), known => Assert.Equal(AddressStanding.Undeliverable, known.Standing));
        Assert.Single(server.Clients);
    }

    [Fact]
    public async Task Under_stress_nobody_waits()
    {
        await using var server = ScriptedServer.Start(Slow);
        await using var verified = new Verified(Verified.To(server.Port));
        Assert.Equal(InProgress, await verified.AskAsync("x@remote.test", isUnderStress: true));
        await server.Hung;
        server.Gate.SetResult();
        await verified.AskUntilAsync("x@remote.test", AddressStanding.Undeliverable);
    }

    [Fact]
    public async Task A_session_that_ends_leaves_its_probe_to_others()
    {
        await using var server = ScriptedServer.Start(Slow);
        await using var verified = new Verified(Verified.To(server.Port));
        using var session = new CancellationTokenSource();
        var asked = verified.AskAsync("x@remote.test", cancellationToken: session.Token);
        await server.Hung;
        await session.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        server.Gate.SetResult();
        Assert.Equal(AddressStanding.Undeliverable, (await verified.AskAsync("x@remote.test")).Standing);
    }

    [Fact]
    public async Task The_end_of_the_server_ends_probes()
    {
        await using var server = ScriptedServer.Start(Slow);
        var verified = new Verified(Verified.To(server.Port));
        var asked = verified.AskAsync("x@remote.test");
        await server.Hung;
        await verified.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(InProgress, await asked);
    }

    [Fact]
    public async Task A_probe_without_an_end_is_lost_after_a_thousand_seconds()
    {
        await using var server = ScriptedServer.Start(Slow);
        var settings = Verified.To(server.Port) with { Smtp = new ClientSettings { Timeouts = new ClientTimeouts { Recipient = TimeSpan.FromDays(1) } } };
        await using var verified = new Verified(settings with { Verification = settings.Verification with { Patience = TimeSpan.FromDays(1) } });
        var asked = verified.AskAsync("x@remote.test");
        await server.Hung;
        verified.Clock.Advance(TimeSpan.FromSeconds(999));
        Assert.False(asked.IsCompleted);
        verified.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(InProgress, await asked);
    }

    [Fact]
    public async Task Five_probes_at_a_destination_run_and_a_hundred_wait()
    {
        using var gate = new ProbeGate(total: 50, perDestination: 5, waitingPerDestination: 100);
        var running = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => gate.EnterAsync("smtp:a", CancellationToken.None).AsTask()));
        using var closing = new CancellationTokenSource();
        Task<IDisposable?>[] waiting = [.. Enumerable.Range(0, 100).Select(_ => gate.EnterAsync("smtp:a", closing.Token).AsTask())];
        Assert.All(waiting, wait => Assert.False(wait.IsCompleted));
        Assert.Null(await gate.EnterAsync("smtp:a", CancellationToken.None));
        using var other = await gate.EnterAsync("smtp:b", CancellationToken.None);
        Assert.NotNull(other);
        running[0]!.Dispose();
        running[0]!.Dispose();
        using var next = await await Task.WhenAny(waiting);
        Assert.Equal(1, waiting.Count(wait => wait.IsCompleted));
        await closing.CancelAsync();
        Assert.All(waiting.Where(wait => !wait.IsCompletedSuccessfully), wait => Assert.True(SpinWait.SpinUntil(() => wait.IsCanceled, TimeSpan.FromSeconds(20))));
        foreach (var place in running) place!.Dispose();
        using var last = await gate.EnterAsync("smtp:a", CancellationToken.None);
        Assert.NotNull(last);
    }

    [Fact]
    public async Task All_destinations_together_have_a_limit_too()
    {
        using var gate = new ProbeGate(total: 2, perDestination: 1, waitingPerDestination: 1);
        using var first = await gate.EnterAsync("smtp:a", CancellationToken.None);
        var second = await gate.EnterAsync("smtp:b", CancellationToken.None);
        var third = gate.EnterAsync("smtp:c", CancellationToken.None).AsTask();
        Assert.False(third.IsCompleted);
        second!.Dispose();
        using var entered = await third;
        Assert.NotNull(entered);
    }
}
