namespace PolicyMTA.Policy.Lists;

/// <summary>The prepared list of one stage file; immutable, shared by all sessions.</summary>
/// <param name="Stage">Its stage.</param>
/// <param name="File">The file, below the root; empty for a list that is not written anywhere.</param>
/// <param name="Rules">The rules in order.</param>
internal sealed record StageList(Stage Stage, string File, IReadOnlyList<Rule> Rules)
{
    /// <summary>Run after the list unless it refused or discarded (Postfix's implied <c>reject_unlisted_…</c>); null without one.</summary>
    public Rule? Implied { get; init; }

    public static StageList Empty(Stage stage) => new(stage, "", []);
}
