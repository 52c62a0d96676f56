using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>What comes to the rules of one session from outside: written down, or read back. Used on the session's flow.</summary>
internal abstract class Tape
{
    /// <summary>Asks for something; null when there will be no answer.</summary>
    public abstract Task<T>? Ask<T>(string what, string key, Func<ValueTask<T>> ask);

    /// <summary>The clock.</summary>
    public abstract DateTimeOffset Now(TimeProvider time);

    /// <summary>A restriction's answer that is known already; null: it is to be asked.</summary>
    public abstract RestrictionAnswer? Hear(string signature);

    /// <summary>A restriction has answered.</summary>
    public abstract void Keep(string signature, RestrictionAnswer answer);

    /// <summary>What stands for a function that is left alone because it kept failing; null: it is asked, unless <paramref name="left"/> says what stands for it.</summary>
    public abstract Verdict? Leave(RuleAddress rule, Verdict? left);
}

/// <summary>What a restriction said, and what it left in the context. An immutable value.</summary>
/// <param name="Verdict">Its verdict.</param>
/// <param name="IsFailure">It failed: the verdict stands for it.</param>
/// <param name="HasReadRecipient">It looked at the recipient: the answer is for this one only.</param>
/// <param name="Results">What it found about the message's authenticity.</param>
internal sealed record RestrictionAnswer(Verdict Verdict, bool IsFailure, bool HasReadRecipient, IReadOnlyList<AuthenticationResult> Results)
{
    /// <summary>Does to a context what the restriction did to its own, and gives its answer.</summary>
    public RuleAnswer Repeat(ClientContext context)
    {
        if (HasReadRecipient && context is RecipientContext recipient) recipient.WasRecipientRead = true;
        if (context is SenderContext sender)
        {
            foreach (var result in Results) sender.Results.Add(result);
        }
        return new RuleAnswer(RecordingJson.Own(Verdict)) { IsFailure = IsFailure };
    }
}
