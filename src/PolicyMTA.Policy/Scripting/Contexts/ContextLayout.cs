using Jint;
using Jint.Native;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>The object that a function rule gets. Every member is made when it is first read; one that the stage lacks is undefined.</summary>
internal static class ContextLayout
{
    private static readonly JsObjectLayout Layout = Build();
    private static readonly JsValue[] Empty = new JsValue[Layout.Count];

    public static JsObject Create(Engine engine, ContextState state) => JsObject.Create(engine, Layout, Empty, state);

    private static JsObjectLayout Build()
    {
        var layout = JsObjectLayout.CreateBuilder();
        foreach (var (name, read) in Members()) layout.AddLazy(name, (_, state) => read((ContextState)state!));
        foreach (var name in HostFunctions.Names) layout.AddLazy(name, (_, state) => ((ContextState)state!).Engine.Host.Get(name, (ContextState)state));
        return layout.Build();
    }

    private static IEnumerable<(string Name, Func<ContextState, JsValue> Read)> Members() =>
    [
        ("client", SessionObjects.Client),
        ("server", SessionObjects.Server),
        ("listener", s => s.Context.Session.Listener),
        ("session", SessionObjects.Session),
        ("helo", SessionObjects.Helo),
        ("tls", SessionObjects.Tls),
        ("sasl", SessionObjects.Sasl),
        ("sender", EnvelopeObjects.Sender),
        ("mail", EnvelopeObjects.Mail),
        ("results", EnvelopeObjects.Results),
        ("recipient", EnvelopeObjects.Recipient),
        ("recipients", EnvelopeObjects.Recipients),
        ("recipient_count", s => s.Data is { } data ? JsNumber.Create(data.Recipients.Count) : JsValue.Undefined),
        ("message", s => s.EndOfData is { } end ? MessageObject.Create(s.Engine, end.Message) : JsValue.Undefined),
        ("argument", s => s.Context switch { EtrnContext etrn => etrn.Domain, VrfyContext vrfy => vrfy.Address.ToString(), _ => JsValue.Undefined }),
        ("attempt", SessionObjects.Attempt),
        ("user", EnvelopeObjects.User),
        ("destination", DeliveryObjects.Destination),
        ("attempt_number", DeliveryObjects.AttemptNumber),
        ("result", DeliveryObjects.Result),
        ("bounce", DeliveryObjects.Bounce),
        ("message_score", s => JsNumber.Create(s.Engine.Memory.Score)),
        ("deadline", s => JsNumber.Create(Math.Max(0, s.Engine.Services.Time.GetElapsedTime(s.Engine.Services.Time.GetTimestamp(), s.Until).TotalSeconds))),
    ];
}
