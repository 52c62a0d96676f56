using Jint.Native;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>What is known of a delivery, as policies see it.</summary>
internal static class DeliveryObjects
{
    private static readonly Record DestinationRecord = new("Destination", "transport: string", "nexthop: string");
    private static readonly Record ResultRecord = new(
        "Result", "action: 'delivered' | 'deferred' | 'failed'", "/** The next hop's reply code; null when it said nothing. */ code: number | null", "status: string", "text: string",
        "/** The host that answered. */ mx: string | null", "/** The version of TLS; null in plain text. */ tls: string | null");
    private static readonly Record BounceRecord = new("Report", "kind: 'failure' | 'delay' | 'success'", "recipients: ReportedRecipient[]", "original: OriginalMessage");
    private static readonly Record ReportedRecord = new("ReportedRecipient", "address: string", "status: string", "text: string");
    private static readonly Record OriginalRecord = new("OriginalMessage", "sender: string", "sasl: Sasl | null", "client: Client");

    public static readonly IReadOnlyList<TypeDeclaration> Declarations =
        [DestinationRecord.Declaration, ResultRecord.Declaration, BounceRecord.Declaration, ReportedRecord.Declaration, OriginalRecord.Declaration];

    public static JsValue Destination(ContextState state) => state.Context switch
    {
        AttemptContext attempt => Of(state, attempt.Destination),
        ResultContext result => Of(state, result.Destination),
        _ => JsValue.Undefined,
    };

    public static JsValue AttemptNumber(ContextState state) => state.Context switch
    {
        RouteContext route => JsNumber.Create(route.AttemptNumber),
        AttemptContext attempt => JsNumber.Create(attempt.AttemptNumber),
        _ => JsValue.Undefined,
    };

    public static JsValue Result(ContextState state) => state.Context is ResultContext { Outcome: var outcome }
        ? ResultRecord.Create(
            state.Engine.Engine,
            Record.Text(outcome.Action switch { DeliveryAction.Delivered => "delivered", DeliveryAction.Deferred => "deferred", _ => "failed" }),
            CodeOf(outcome) is { } code ? JsNumber.Create(code) : JsValue.Null,
            Record.Text(outcome.Status.ToString()), Record.Text(outcome.Text), Record.Text(outcome.RemoteHost), Record.Text(outcome.TlsVersion))
        : JsValue.Undefined;

    public static JsValue Bounce(ContextState state)
    {
        if (state.Context is not BounceContext context) return JsValue.Undefined;
        var engine = state.Engine.Engine;
        var recipients = context.Recipients.Zip(context.Report.Outcomes, (recipient, outcome) =>
            (JsValue)ReportedRecord.Create(engine, Record.Text(recipient.Address.WithFoldedDomain().ToString()), Record.Text(outcome.Status.ToString()), Record.Text(outcome.Text)));
        var original = OriginalRecord.Create(engine, Record.Text(context.Sender.WithFoldedDomain().ToString()), SessionObjects.Sasl(state), SessionObjects.Client(state));
        return BounceRecord.Create(engine, Record.Text(context.Report.Kind), new JsArray(engine, [.. recipients]), original);
    }

    private static JsValue Of(ContextState state, DeliveryDestination destination) =>
        DestinationRecord.Create(state.Engine.Engine, Record.Text(destination.Transport), Record.Text(destination.NextHop));

    // The next hop's own reply code; null when it said nothing.
    private static int? CodeOf(RecipientOutcome outcome) =>
        outcome.RemoteReply is { Length: >= 3 } reply && int.TryParse(reply.AsSpan(0, 3), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var code) ? code : null;
}
