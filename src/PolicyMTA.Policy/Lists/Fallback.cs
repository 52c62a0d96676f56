namespace PolicyMTA.Policy.Lists;

/// <summary>What a failing function answers.</summary>
internal enum Fallback
{
    Defer,
    Dunno,
    Reject,
}
