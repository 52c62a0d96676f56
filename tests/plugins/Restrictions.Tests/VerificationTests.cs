using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

public sealed class VerificationTests
{
    private const string Said = "host mx.good.test[192.0.2.1] said: 550 5.1.1 <x>: unknown (in reply to RCPT TO command)";
    private readonly RestrictionBench _bench = new();

    [Theory]
    [InlineData(AddressStanding.Deliverable, "dunno")]
    [InlineData(AddressStanding.InProgress, "if permit 450 4.1.1 <alice@example.test>: Recipient address rejected: unverified address: it says why")]
    [InlineData(AddressStanding.Deferred, "if permit 450 4.1.1 <alice@example.test>: Recipient address rejected: unverified address: it says why")]
    [InlineData(AddressStanding.Undeliverable, "if permit 450 4.1.1 <alice@example.test>: Recipient address rejected: unverified address: it says why")]
    public async Task A_recipient_is_judged_by_its_standing(AddressStanding standing, string expected)
    {
        _bench.Services.Verified.Known["alice@example.test"] = new AddressVerification(standing, "it says why");
        Assert.Equal(expected, await _bench.AskAsync("reject_unverified_recipient"));
    }

    [Fact]
    public async Task With_a_code_of_5yz_an_undeliverable_address_is_rejected_at_once_and_others_are_deferred()
    {
        _bench.Services.Values["unverified_recipient_reject_code"] = "550";
        _bench.Services.Verified.Known["alice@example.test"] = new AddressVerification(AddressStanding.Undeliverable, Said);
        Assert.Equal($"550 5.1.1 <alice@example.test>: Recipient address rejected: undeliverable address: {Said}", await _bench.AskAsync("reject_unverified_recipient"));
        _bench.Recipients = ["new@example.test"];
        Assert.Equal("if permit 450 4.1.1 <new@example.test>: Recipient address rejected: unverified address: Address verification in progress", await _bench.AskAsync("reject_unverified_recipient"));
    }

    [Fact]
    public async Task A_sender_is_judged_likewise_and_the_null_sender_never()
    {
        _bench.Services.Values["unverified_sender_reject_code"] = "550";
        _bench.Services.Verified.Known["joe@good.test"] = new AddressVerification(AddressStanding.Undeliverable, Said);
        Assert.Equal($"550 5.1.7 <joe@good.test>: Sender address rejected: undeliverable address: {Said}", await _bench.AskAsync("reject_unverified_sender"));
        _bench.Services.Verified.Known.Clear();
        Assert.Equal("if permit 450 4.1.7 <joe@good.test>: Sender address rejected: unverified address: Address verification in progress", await _bench.AskAsync("reject_unverified_sender"));
        _bench.Sender = "";
        Assert.Equal("dunno", await _bench.AskAsync("reject_unverified_sender"));
    }

    [Theory]
    [InlineData("unverified_recipient_defer_code", "250", "dunno")]
    [InlineData("unverified_recipient_defer_code", "451", "if permit 451 4.1.1 <alice@example.test>: Recipient address rejected: unverified address: Address verification in progress")]
    [InlineData("unverified_recipient_tempfail_action", "defer", "450 4.1.1 <alice@example.test>: Recipient address rejected: unverified address: Address verification in progress")]
    [InlineData("reject_tempfail_action", "defer", "450 4.1.1 <alice@example.test>: Recipient address rejected: unverified address: Address verification in progress")]
    [InlineData("unverified_recipient_reject_reason", "ask again", "if permit 450 4.1.1 <alice@example.test>: Recipient address rejected: unverified address: ask again")]
    public async Task Parameters_change_what_is_said(string name, string value, string expected)
    {
        _bench.Services.Values[name] = value;
        Assert.Equal(expected, await _bench.AskAsync("reject_unverified_recipient"));
    }

    [Theory]
    [InlineData("unverified_sender_reject_code", "300")]
    [InlineData("unverified_sender_defer_code", "600")]
    [InlineData("unverified_sender_tempfail_action", "permit")]
    public void Parameters_that_mean_nothing_are_refused_at_load(string name, string value)
    {
        _bench.Services.Values[name] = value;
        Assert.Throws<ConfigurationException>(() => _bench.Make("reject_unverified_sender"));
    }

    [Fact]
    public async Task A_verifier_that_fails_defers()
    {
        _bench.Services.Verified.IsBroken = true;
        Assert.Equal("if permit 450 4.1.1 <alice@example.test>: Recipient address rejected: address verification problem", await _bench.AskAsync("reject_unverified_recipient"));
        Assert.Equal("if permit 450 4.1.7 <joe@good.test>: Sender address rejected: address verification problem", await _bench.AskAsync("reject_unverified_sender"));
    }

    [Fact]
    public async Task A_long_reason_is_cut_in_a_deferral()
    {
        _bench.Services.Verified.Known["alice@example.test"] = new AddressVerification(AddressStanding.Deferred, new string('x', 251));
        Assert.EndsWith($": {new string('x', 250)}", await _bench.AskAsync("reject_unverified_recipient"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_verifier_is_told_of_stress_and_gets_the_whole_address()
    {
        _bench.IsUnderStress = true;
        _bench.Sender = "joe";
        await _bench.AskAsync("reject_unverified_sender");
        Assert.Equal([("joe@example.test", true)], _bench.Services.Verified.Asked);
    }
}
