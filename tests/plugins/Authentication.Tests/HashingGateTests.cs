using PolicyMTA.Authentication.Passwords;

namespace PolicyMTA.Authentication.Tests;

public sealed class HashingGateTests
{
    [Fact]
    public async Task The_line_has_an_end_and_moves_on()
    {
        using var gate = new HashingGate();
        using var release = new ManualResetEventSlim();
        var working = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => gate.RunAsync(Hold, CancellationToken.None).AsTask()).ToList();
        var waiting = Enumerable.Range(0, HashingGate.WaitingLimit).Select(_ => gate.RunAsync(Hold, CancellationToken.None).AsTask()).ToList();
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        Assert.Null(await gate.RunAsync(Hold, CancellationToken.None));
        release.Set();
        Assert.All(await Task.WhenAll([.. working, .. waiting]), Assert.NotNull);
        Assert.NotNull(await gate.RunAsync(Hold, CancellationToken.None));

        object Hold()
        {
            release.Wait(TimeSpan.FromSeconds(30));
            return release;
        }
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_line()
    {
        using var gate = new HashingGate();
        using var release = new ManualResetEventSlim();
        using var giveUp = new CancellationTokenSource();
        var working = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => gate.RunAsync(Hold, CancellationToken.None).AsTask()).ToList();
        var waiting = Enumerable.Range(0, HashingGate.WaitingLimit).Select(_ => gate.RunAsync(Hold, giveUp.Token).AsTask()).ToList();
        await giveUp.CancelAsync();
        foreach (var task in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        var late = gate.RunAsync(Hold, CancellationToken.None).AsTask();
        release.Set();
        Assert.NotNull(await late);
        await Task.WhenAll(working);

        object Hold()
        {
            release.Wait(TimeSpan.FromSeconds(30));
            return release;
        }
    }
}
