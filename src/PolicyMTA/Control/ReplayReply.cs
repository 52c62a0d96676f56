using PolicyMTA.Policy.Recording;

namespace PolicyMTA.Control;

/// <summary>A line of <c>policymta replay --json</c>.</summary>
internal sealed record ReplayReply(string Session, DateTimeOffset Began, string Client, IReadOnlyList<ReplayDifferenceReply> Differences)
{
    public static ReplayReply From(ReplayResult played) => new(
        played.Session.Id, played.Session.Began, played.Session.Client,
        [.. played.Differences.Select(d => new ReplayDifferenceReply(Name(d.Asked), d.About, d.Was, d.Would, d.By, d.WouldBy))]);

    /// <summary>A question as policies' files are called.</summary>
    public static string Name(Question question) => question switch
    {
        Question.EndOfData or Question.EndOfDataForEach => "end_of_data",
        Question.Advice => "recipient",
        Question.LocalSubmission => "local_submission",
        _ => question.ToString().ToLowerInvariant(),
    };
}

/// <summary>A question that is answered differently.</summary>
internal sealed record ReplayDifferenceReply(string Stage, string About, string Was, string Would, string? By, string? WouldBy);
