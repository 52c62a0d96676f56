using Jint;
using Jint.Native;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>The object that a function rule gets. Every member is made when it is first read; one that the stage lacks is undefined.</summary>
internal static class ContextLayout
{
    /// <summary>What a context has, besides what it offers to do.</summary>
    public static IReadOnlyList<ContextMember> Members { get; } =
    [
        Of<ClientContext>("client: Client", SessionObjects.Client),
        Of<ClientContext>("server: Server", SessionObjects.Server),
        Of<ClientContext>("listener: string", s => s.Context.Session.Listener),
        Of<ClientContext>("session: Session", SessionObjects.Session),
        Of<ClientContext>("helo: Helo | null", SessionObjects.Helo),
        Of<ClientContext>("tls: Tls | null", SessionObjects.Tls),
        Of<ClientContext>("sasl: Sasl | null", SessionObjects.Sasl),
        Of<SenderContext>("sender: Sender", EnvelopeObjects.Sender),
        Of<SenderContext>("mail: Mail", EnvelopeObjects.Mail),
        Of<SenderContext>("results: Results", EnvelopeObjects.Results),
        Of<RecipientContext>("recipient: Recipient", EnvelopeObjects.Recipient),
        Of<DataContext>("/** The one in question; null where there are several. */ recipient: Recipient | null", EnvelopeObjects.Recipient),
        Of<DataContext>("recipients: Recipient[]", EnvelopeObjects.Recipients),
        Of<DataContext>("recipient_count: number", s => s.Data is { } data ? JsNumber.Create(data.Recipients.Count) : JsValue.Undefined),
        Of<EndOfDataContext>("message: Message", s => s.EndOfData is { } end ? MessageObject.Create(s.Engine, end.Message) : JsValue.Undefined),
        Of<EtrnContext>("/** The domain whose mail is asked for. */ argument: string", Argument),
        Of<VrfyContext>("/** The address that is asked about. */ argument: string", Argument),
        Of<AuthContext>("attempt: LoginAttempt", SessionObjects.Attempt),
        Of<RouteContext>("/** Which attempt is to come, from 1. */ attempt_number: number", DeliveryObjects.AttemptNumber),
        Of<AttemptContext>("/** Which attempt it is, from 1. */ attempt_number: number", DeliveryObjects.AttemptNumber),
        Of<AttemptContext>("destination: Destination", DeliveryObjects.Destination),
        Of<ResultContext>("destination: Destination", DeliveryObjects.Destination),
        Of<ResultContext>("result: Result", DeliveryObjects.Result),
        Of<BounceContext>("bounce: Report", DeliveryObjects.Bounce),
        Of<LocalSubmissionContext>("user: User", EnvelopeObjects.User),
        Of<ClientContext>("message_score: number", s => JsNumber.Create(s.Engine.Memory.Score)),
        Of<ClientContext>(
            "/** Seconds: what was left of the rule's budget when it was first read. */ deadline: number",
            s => JsNumber.Create(Math.Max(0, s.Engine.Services.Time.GetElapsedTime(s.Engine.Services.Time.GetTimestamp(), s.Until).TotalSeconds))),
    ];

    private static readonly JsObjectLayout Layout = Build();
    private static readonly JsValue[] Empty = new JsValue[Layout.Count];

    public static JsObject Create(Engine engine, ContextState state) => JsObject.Create(engine, Layout, Empty, state);

    private static JsObjectLayout Build()
    {
        var layout = JsObjectLayout.CreateBuilder();
        // One that two kinds of stage declare is one member, which reads either.
        foreach (var member in Members.DistinctBy(m => m.Name)) layout.AddLazy(member.Name, (_, state) => member.Read((ContextState)state!));
        foreach (var name in HostFunctions.Names) layout.AddLazy(name, (_, state) => ((ContextState)state!).Engine.Host.Get(name, (ContextState)state));
        return layout.Build();
    }

    private static JsValue Argument(ContextState state) => state.Context switch { EtrnContext etrn => etrn.Domain, VrfyContext vrfy => vrfy.Address.ToString(), _ => JsValue.Undefined };

    private static ContextMember Of<TContext>(string declaration, Func<ContextState, JsValue> read) where TContext : ClientContext => new(declaration, typeof(TContext), read);
}
