namespace PolicyMTA.Sdk;

/// <summary>Makes refusals whose enhanced status follows the reply code, and the deferrals that DNS failures call for.</summary>
public static class Refusals
{
    /// <summary>The code of a deferral that no parameter sets.</summary>
    public const int TemporaryCode = 450;

    /// <summary>A refusal; <paramref name="status"/> as <c>x.y.z</c>, whose class follows <paramref name="code"/>.</summary>
    public static Verdict.Refuse Of(int code, string status, string text, RefusedItem item = RefusedItem.OfStage, ReplyFrame frame = ReplyFrame.Full) =>
        new(code, EnhancedStatus.Parse(status).For(code), text) { Item = item, Frame = frame };

    /// <summary>
    /// What a parameter such as <c>unknown_address_tempfail_action</c> makes of a deferral: <c>defer_if_permit</c> latches it, <c>defer</c> gives it at
    /// once. A value that begins with <c>$</c> names another parameter.
    /// </summary>
    /// <exception cref="ConfigurationException">The parameter says something else.</exception>
    public static Func<Verdict.Refuse, Verdict> TempfailAction(ISettings settings, string name)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var action = settings.Text(name).Trim();
        if (action.StartsWith('$')) action = settings.Text(action[1..]).Trim();
        return action switch
        {
            "defer_if_permit" => refusal => new Verdict.DeferIfPermit(refusal),
            "defer" => refusal => refusal,
            _ => throw new ConfigurationException($"{name} is defer_if_permit or defer, not '{action}'"),
        };
    }
}
