namespace PolicyMTA.Policy.Lists;

/// <summary>What was put off until the verdict is known; the first reason of each kind counts. An immutable value.</summary>
internal readonly record struct Latches(Refusal? IfPermit, Refusal? IfReject)
{
    public Latches Then(Latches later) => new(IfPermit ?? later.IfPermit, IfReject ?? later.IfReject);

    /// <summary>A 5yz refusal becomes the temporary one that stood before it.</summary>
    public Refusal Resolve(Refusal refusal) => refusal.Code >= 500 && IfReject is not null ? IfReject : refusal;
}
