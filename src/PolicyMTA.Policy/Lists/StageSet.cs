namespace PolicyMTA.Policy.Lists;

/// <summary>The lists of a listener's set. An immutable value.</summary>
internal sealed class StageSet(IReadOnlyList<StageList> lists)
{
    public StageList this[Stage stage] => lists[(int)stage];
}
