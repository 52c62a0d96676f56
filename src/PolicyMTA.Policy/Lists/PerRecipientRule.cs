using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary><c>per_recipient(fn)</c> in end_of_data: the function is asked once for each recipient.</summary>
internal sealed class PerRecipientRule(FunctionRule function) : Rule(function.Name, function.Place)
{
    public override string Kind => "per_recipient";

    public override async ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        var recipients = ((DataContext)context).Recipients;
        var answers = new List<RuleAnswer>(recipients.Count);
        foreach (var recipient in recipients)
        {
            answers.Add(await function.CallAsync(scope, context, recipient, Counts, cancellationToken));
        }
        return new RuleAnswer(Verdict.Dunno, null, answers);
    }
}
