using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>
/// What restrictions answered the set in force, for the shadow set to hear the same: nothing is asked twice, so that a policy server, a greylist or a
/// probe does not count a client double. Belongs to the session.
/// </summary>
internal sealed class LiveAnswers
{
    // What asking these does outside of this program, no namespace of ours keeps apart.
    private static readonly HashSet<string> WithEffect = new(StringComparer.Ordinal) { "check_policy_service", "reject_unverified_sender", "reject_unverified_recipient" };

    private readonly Dictionary<string, RestrictionAnswer> _answers = new(StringComparer.Ordinal);

    /// <summary>What was answered holds no longer.</summary>
    public void Clear() => _answers.Clear();

    /// <summary>Another recipient: what did not look at the last one still holds, as it does in a list that is kept for a transaction.</summary>
    public void ForgetRecipient()
    {
        foreach (var (signature, known) in _answers)
        {
            if (known.HasReadRecipient) _answers.Remove(signature);
        }
    }

    /// <summary>The set in force heard an answer.</summary>
    public void Keep(string signature, RestrictionAnswer answer) => _answers[signature] = answer;

    /// <summary>What the shadow set hears; null when it may ask itself.</summary>
    public RuleAnswer? Find(string signature, string restriction, ClientContext context)
    {
        if (_answers.TryGetValue(signature, out var known)) return known.Repeat(context);
        return WithEffect.Contains(restriction) ? new RuleAnswer(Verdict.Dunno) : null;
    }
}
