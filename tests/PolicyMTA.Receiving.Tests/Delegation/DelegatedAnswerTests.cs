using PolicyMTA.Policy;
using PolicyMTA.Receiving.Delegation;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests.Delegation;

public sealed class DelegatedAnswerTests
{
    public static TheoryData<string, StageDecision> Decisions => new()
    {
        { "DUNNO", StageDecision.Accept },
        { "DUNNO", new StageDecision { RelayGrant = "permit" } },
        { "554 5.7.1 Access denied", Refused(554, "<a@b.test>: Recipient address rejected: Access denied") },
        { "450 4.7.1 Service unavailable; Client host [192.0.2.1] blocked", Refused(450, "Service unavailable; Client host [192.0.2.1] blocked") },
        { "554 5.7.1 <a@b.test>: Relay access denied", Refused(554, "<a@b.test>: Relay access denied") },
        { "DISCARD spam", Acted(new Verdict.Prepend(new HeaderField("X-A", " b")), new Verdict.Hold("later"), new Verdict.Discard("spam")) },
        { "DISCARD", Acted(new Verdict.Discard()) },
        { "HOLD later", Acted(new Verdict.Bcc(new Address("c", "d.test")), new Verdict.Hold("later")) },
        { "REDIRECT c@d.test", Acted(new Verdict.Redirect(new Address("c", "d.test"))) },
        { "BCC c@d.test", Acted(new Verdict.Bcc(new Address("c", "d.test"))) },
        { "FILTER smtp:[192.0.2.1]", Acted(new Verdict.Filter("smtp:[192.0.2.1]")) },
        { "PREPEND X-A: b  action=OK", Acted(new Verdict.Prepend(new HeaderField("X-A", " b\r\naction=OK"))) },
    };

    [Theory]
    [MemberData(nameof(Decisions), DisableDiscoveryEnumeration = true)]
    public void A_decision_is_one_action_of_access_tables(string action, StageDecision decision) => Assert.Equal(action, DelegatedAnswer.Of(decision));

    private static StageDecision Acted(params Verdict[] actions) => new() { Actions = actions };

    private static StageDecision Refused(int code, string text) => new() { Refusal = new Refusal(code, new EnhancedStatus((byte)(code / 100), 7, 1), text) };
}
