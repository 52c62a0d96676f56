namespace PolicyMTA.Policy.Lists;

/// <summary>Without <c>smtpd_delay_reject</c>: what the client, helo and sender lists latched, for the recipients that follow.</summary>
internal sealed class EarlyLatches
{
    private readonly Latches[] _kept = new Latches[3];

    public Latches Sum => _kept[0].Then(_kept[1]).Then(_kept[2]);

    public void Keep(Stage stage, Latches latches) => _kept[(int)stage] = latches;

    public void ForgetTransaction() => _kept[(int)Stage.Sender] = default;
}
