namespace PolicyMTA.Policy.Lists;

/// <summary>Where a rule stands: the stage file's list, and its position there. The list is set once it is complete.</summary>
internal sealed class RuleAddress(string file, int index)
{
    public string File { get; } = file;

    public int Index { get; } = index;
}
