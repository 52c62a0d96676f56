using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A restriction list: those of the dialogue in its order, the one of mail that had no dialogue, and those of delivery.</summary>
internal enum Stage
{
    Client,
    Helo,
    Sender,
    Relay,
    Recipient,
    Data,
    EndOfData,
    Etrn,
    LocalSubmission,
    Auth,
    Vrfy,
    Route,
    Attempt,
    Result,
    Bounce,
}

internal static class Stages
{
    /// <summary>Names of files, in the order of <see cref="Stage"/>.</summary>
    public static readonly IReadOnlyList<string> Names = ["client", "helo", "sender", "relay", "recipient", "data", "end_of_data", "etrn", "local_submission", "auth", "vrfy", "route", "attempt", "result", "bounce"];

    public static string Name(this Stage stage) => Names[(int)stage];

    /// <summary>True for what is asked once a message is queued: there is no session, no listener and nobody to answer.</summary>
    public static bool IsOfDelivery(this Stage stage) => stage >= Stage.Route;

    /// <summary>Whether a stage has a use for a verdict; what it has none for is a mistake of the policy.</summary>
    public static bool Takes(this Stage stage, Verdict verdict) => verdict switch
    {
        Verdict.DunnoVerdict or Verdict.PermitVerdict or Verdict.Log => true,
        // Nobody waits for an answer there; a delivery that slept would hold its slot, and result.js the end of the server.
        Verdict.Delay => !stage.IsOfDelivery(),
        Verdict.Route route => stage switch
        {
            Stage.Route => true,
            // The route is chosen, what is left is how to connect.
            Stage.Attempt => route is { Transport: null, NextHop: null, Priority: null, NotBefore: null, Expire: null },
            Stage.Result => route is { Transport: not null, Priority: null, NotBefore: null, Expire: null, Tls: null, Source: null, Pool: null },
            _ => false,
        },
        Verdict.Deliver => stage == Stage.Result,
        Verdict.Discard => stage is not (Stage.Attempt or Stage.Result),
        Verdict.Redirect => !stage.IsOfDelivery() || stage == Stage.Bounce,
        Verdict.Refuse or Verdict.Hold => stage != Stage.Bounce,
        _ => !stage.IsOfDelivery(),
    };

    public static RefusedItem Item(this Stage stage) => stage switch
    {
        Stage.Client => RefusedItem.Client,
        Stage.Helo => RefusedItem.Helo,
        Stage.Sender => RefusedItem.Sender,
        Stage.Data => RefusedItem.Data,
        Stage.EndOfData or Stage.LocalSubmission => RefusedItem.EndOfData,
        Stage.Etrn => RefusedItem.Etrn,
        Stage.Auth => RefusedItem.SaslLogin,
        _ => RefusedItem.Recipient,
    };

    /// <summary>The context type a list is called with (DESIGN §4).</summary>
    public static Type ContextType(this Stage stage, bool delayReject) => stage switch
    {
        Stage.Relay or Stage.Recipient => typeof(RecipientContext),
        Stage.Data => typeof(DataContext),
        Stage.EndOfData => typeof(EndOfDataContext),
        Stage.Etrn => typeof(EtrnContext),
        Stage.Auth => typeof(AuthContext),
        Stage.Vrfy => typeof(VrfyContext),
        Stage.LocalSubmission => typeof(LocalSubmissionContext),
        Stage.Route => typeof(RouteContext),
        Stage.Attempt => typeof(AttemptContext),
        Stage.Result => typeof(ResultContext),
        Stage.Bounce => typeof(BounceContext),
        _ when delayReject => typeof(RecipientContext),
        Stage.Client => typeof(ClientContext),
        Stage.Helo => typeof(HeloContext),
        _ => typeof(SenderContext),
    };
}
