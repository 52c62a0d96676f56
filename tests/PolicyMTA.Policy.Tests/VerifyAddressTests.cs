using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class VerifyAddressTests
{
    private const string Rule = "export default async ({ verify_address, recipient }) => reject(await verify_address(recipient.address));";

    [Theory]
    [InlineData(AddressStanding.Deliverable, "deliverable")]
    [InlineData(AddressStanding.Undeliverable, "undeliverable")]
    [InlineData(AddressStanding.Deferred, "unknown")]
    [InlineData(AddressStanding.InProgress, "unknown")]
    public async Task A_policy_hears_in_a_word_what_is_known(AddressStanding standing, string word)
    {
        await using var bench = new Bench { Verifier = new Fixed(new AddressVerification(standing, "why")) };
        bench.Stage("recipient", Rule);
        Assert.EndsWith($"rejected: {word}", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_that_takes_long_is_unknown_before_the_rule_runs_out_of_time()
    {
        var verifier = new Fixed(null);
        await using var bench = new Bench { Verifier = verifier };
        bench.Stage("recipient", Rule);
        var decision = bench.RcptAsync();
        await verifier.Asked.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(decision.IsCompleted);
        bench.Time.Advance(TimeSpan.FromSeconds(2.5));
        Assert.EndsWith("rejected: unknown", (await decision).Refusal!.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'postmaster'")]
    [InlineData("''")]
    [InlineData("7")]
    public async Task What_is_no_whole_address_is_a_mistake(string argument)
    {
        await using var bench = new Bench { Verifier = new Fixed(new AddressVerification(AddressStanding.Deliverable, "")) };
        bench.Stage("recipient", $"export default async ({{ verify_address }}) => reject(await verify_address({argument}));");
        Assert.Equal(451, (await bench.RcptAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task A_failing_verifier_defers()
    {
        await using var bench = new Bench { Verifier = new Fixed(new AddressVerification(AddressStanding.Deliverable, "")) { IsBroken = true } };
        bench.Stage("recipient", Rule);
        Assert.Equal(451, (await bench.RcptAsync()).Refusal!.Code);
    }

    private sealed class Fixed(AddressVerification? known) : IAddressVerifier
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;
        public bool IsBroken { get; init; }

        public async ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken)
        {
            if (IsBroken) throw new TemporaryFailureException("broken");
            _asked.TrySetResult();
            if (known is null) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return known!;
        }
    }
}
