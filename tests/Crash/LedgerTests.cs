namespace PolicyMTA.Crash;

/// <summary>The harness must be able to say no.</summary>
public sealed class LedgerTests
{
    private readonly Ledger _ledger = new();

    [Fact]
    public void What_arrived_once_is_well()
    {
        _ledger.Acknowledge(1, ["a@b", "no@b"]);
        _ledger.Deliver(new Delivery(1, "a@b", 1, "taken.1"));
        _ledger.Report(1, "no@b");

        Assert.Equal(new Account([], 2, 1, 1, 0, 1) with { Faults = [] }, _ledger.Close() with { Faults = [] });
        Assert.Empty(_ledger.Close().Faults);
    }

    [Fact]
    public void What_is_missing_is_lost()
    {
        _ledger.Acknowledge(1, ["a@b"]);

        Assert.Equal("lost: (1, a@b)", Assert.Single(_ledger.Close().Faults));
    }

    [Fact]
    public void What_came_twice_in_one_life_is_a_fault()
    {
        Deliver(1, "taken.1");
        Deliver(1, "taken.2");

        Assert.StartsWith("repeated without a crash", Assert.Single(_ledger.Close().Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void What_came_again_after_a_crash_was_in_flight()
    {
        Deliver(1, "taken.1");
        Deliver(2, "taken.2");
        _ledger.ReadLog(["X: to=<a@b>, relay=h, status=sent (250 2.0.0 taken.2)"]);

        Assert.Empty(_ledger.Close().Faults);
        Assert.Equal((1, 1), (_ledger.Close().Repeated, _ledger.Close().InFlight));
    }

    [Fact]
    public void What_was_recorded_may_not_come_again()
    {
        Deliver(1, "taken.1");
        Deliver(2, "taken.2");
        _ledger.ReadLog(["X: to=<a@b>, relay=h, status=sent (250 2.0.0 taken.1)"]);

        Assert.StartsWith("repeated though it was recorded in life 1", Assert.Single(_ledger.Close().Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_returned_twice_or_delivered_as_well_is_a_fault()
    {
        _ledger.Acknowledge(1, ["a@b"]);
        Deliver(1, "taken.1");
        _ledger.Report(1, "a@b");
        _ledger.Report(1, "a@b");

        Assert.Equal(2, _ledger.Close().Faults.Count);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Letter.Largest)]
    public void Letter_that_lost_a_byte_is_not_whole(int size)
    {
        var letter = Letter.Write(7, size).Replace("\r\n..", "\r\n.", StringComparison.Ordinal);

        Assert.Equal((7, true), Letter.Read("Received: by us\r\n" + letter));
        Assert.Equal((7, false), Letter.Read(letter[..^1]));
        Assert.Equal((7, false), Letter.Read(letter.Remove(letter.Length - 20, 1).Insert(letter.Length - 20, "?")));
        Assert.Equal((0, false), Letter.Read(letter[..20]));
    }

    private void Deliver(int life, string receipt) => _ledger.Deliver(new Delivery(1, "a@b", life, receipt));
}
