using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A restriction list of the dialogue, in its order, and the one of mail that had no dialogue.</summary>
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
}

internal static class Stages
{
    /// <summary>Names of files, in the order of <see cref="Stage"/>.</summary>
    public static readonly IReadOnlyList<string> Names = ["client", "helo", "sender", "relay", "recipient", "data", "end_of_data", "etrn", "local_submission", "auth", "vrfy"];

    /// <summary>Names of the contract that later versions serve; a file of theirs would be silently without effect now.</summary>
    public static readonly IReadOnlyList<string> Reserved = ["route", "attempt", "result", "bounce"];

    public static string Name(this Stage stage) => Names[(int)stage];

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
        _ when delayReject => typeof(RecipientContext),
        Stage.Client => typeof(ClientContext),
        Stage.Helo => typeof(HeloContext),
        _ => typeof(SenderContext),
    };
}
