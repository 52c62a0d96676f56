using CsCheck;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class ReferenceModelTests
{
    private static readonly string[] Words = ["dunno", "permit", "reject", "defer", "if_permit", "if_reject", "discard"];

    [Fact]
    public void Lists_match_the_model()
    {
        var lists = Gen.Int[0, Words.Length - 1].Select(i => Words[i]).Array[0, 4].Array[5];
        Check.Sample(lists, l => Model(l) == Play(l), iter: 300);
    }

    // The whole of Postfix's semantics for a recipient of ours.
    private static string Model(string[][] lists)
    {
        var (ifPermit, ifReject) = (false, false);
        foreach (var list in lists)
        {
            foreach (var word in list)
            {
                if (word == "permit") break;
                if (word == "reject") return ifReject ? "450" : "554";
                if (word is "defer" or "discard") return word == "defer" ? "451" : "discard";
                ifPermit |= word == "if_permit";
                ifReject |= word == "if_reject";
            }
        }
        return ifPermit ? "450" : "ok";
    }

    private static string Play(string[][] lists)
    {
        var bench = new Bench();
        bench.Restriction<ClientContext>("dunno", _ => Verdict.Dunno).Restriction<ClientContext>("discard", _ => new Verdict.Discard());
        bench.Restriction<ClientContext>("defer", _ => Refuse(451)).Restriction<ClientContext>("if_permit", _ => new Verdict.DeferIfPermit(Refuse(450)));
        bench.Restriction<ClientContext>("if_reject", _ => new Verdict.DeferIfReject(Refuse(450)));
        string[] stages = ["client", "helo", "sender", "relay", "recipient"];
        for (var i = 0; i < stages.Length; i++) bench.Stage(stages[i], $"export default [{string.Join(", ", lists[i].Select(w => $"r.{w}()"))}];");
        var decision = bench.Session.RecipientAsync(bench.Recipient(), CancellationToken.None);
        var answer = decision.IsCompletedSuccessfully ? decision.Result : throw new InvalidOperationException("it waited");
        return answer.Refusal is { } refusal ? $"{refusal.Code}" : answer.Actions.Count > 0 ? "discard" : "ok";
    }

    private static Verdict.Refuse Refuse(int code) => new(code, new EnhancedStatus(4, 7, 1), "x");
}
