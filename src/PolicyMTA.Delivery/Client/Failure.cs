using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client;

/// <summary>Why recipients were not delivered, in Postfix's words. An immutable value.</summary>
internal sealed record Failure
{
    private static readonly EnhancedStatus ConnectFailed = new(4, 4, 1);
    private static readonly EnhancedStatus ConnectionBroke = new(4, 4, 2);
    private static readonly EnhancedStatus ProtocolBroke = new(4, 5, 0);
    private static readonly EnhancedStatus NoRequireTls = new(4, 7, 30);

    private Failure() { }

    public required EnhancedStatus Status { get; init; }
    public required string Text { get; init; }
    public string? RemoteReply { get; init; }
    public string? RemoteHost { get; init; }
    public string Relay { get; init; } = "none";

    public DeliveryAction Action => Status.Class == 5 ? DeliveryAction.Failed : DeliveryAction.Deferred;

    public static Failure BadAddress { get; } = new() { Status = new EnhancedStatus(5, 1, 3), Text = "bad address syntax" };

    public static Failure Stopped { get; } = new() { Status = new EnhancedStatus(4, 3, 2), Text = "delivery was interrupted: the mail system is stopping" };

    /// <summary>The server must not get a message with REQUIRETLS; another one may.</summary>
    public static Failure LacksRequireTls(Destination destination, string reason) => At(destination, NoRequireTls, $"REQUIRETLS support required: {reason}");

    /// <summary>Whether the server was passed over for <see cref="LacksRequireTls"/>.</summary>
    public bool IsLackOfRequireTls => Status == NoRequireTls;

    /// <summary>The same for good: no server was left (RFC 8689 §4.2.1).</summary>
    public Failure ForGood() => this with { Status = Status with { Class = 5 } };

    /// <summary>Something of our own that keeps us from talking to anybody.</summary>
    public static Failure Here(EnhancedStatus status, string text) => new() { Status = status, Text = text };

    /// <summary>The same for now: somebody else is asked yet.</summary>
    public Failure ForNow() => this with { Status = Status with { Class = 4 } };

    public static Failure NoHost(HostSearch.NotFound search) => new() { Status = search.Status, Text = search.Text };

    public static Failure Connect(Destination destination, string reason) =>
        new() { Status = ConnectFailed, Text = $"connect to {destination.Relay}: {reason}" };

    /// <summary>The server answered a command with 4xx or 5xx.</summary>
    public static Failure Said(Destination destination, RemoteReply reply, string command) =>
        Replied(destination, reply, $"host {destination.Name} said: {reply} (in reply to {command} command)", reply.Code);

    /// <summary>The server answered the connection itself, or the greeting, with 4xx or 5xx.</summary>
    public static Failure Refused(Destination destination, RemoteReply reply, bool isFinal) =>
        Replied(destination, reply, $"host {destination.Name} refused to talk to me: {reply}", isFinal ? reply.Code : 400);

    /// <summary>The server did not take our login.</summary>
    public static Failure NotLoggedIn(Destination destination, RemoteReply reply, bool isTemporary) =>
        Replied(destination, reply, $"SASL authentication failed; server {destination.Name} said: {reply}", isTemporary ? 400 : reply.Code);

    public static Failure Broken(Destination destination, BrokenBecause because, string step) => At(destination, because switch
    {
        BrokenBecause.Lost => ConnectionBroke,
        BrokenBecause.TimedOut => ConnectionBroke,
        _ => ProtocolBroke,
    }, because switch
    {
        BrokenBecause.Lost => $"lost connection with {destination.Name} while {step}",
        BrokenBecause.TimedOut => $"conversation with {destination.Name} timed out while {step}",
        _ => $"host {destination.Name} sent an invalid reply while {step}",
    });

    /// <summary>Anything else that is known about a server we talk to.</summary>
    public static Failure At(Destination destination, EnhancedStatus status, string text) =>
        new() { Status = status, Text = text, RemoteHost = destination.HostName, Relay = destination.Relay };

    public RecipientOutcome ToOutcome(int recipient) => new()
    {
        Recipient = recipient,
        Action = Action,
        Status = Status,
        Text = Text,
        RemoteReply = RemoteReply,
        RemoteHost = RemoteHost,
        Relay = Relay,
    };

    private static Failure Replied(Destination destination, RemoteReply reply, string text, int code) => new()
    {
        Status = StatusOf(reply, code >= 500 ? (byte)5 : (byte)4),
        Text = text,
        RemoteReply = reply.ToString(),
        RemoteHost = destination.HostName,
        Relay = destination.Relay,
    };

    // RFC 2034 §4: a status that contradicts its code says nothing.
    private static EnhancedStatus StatusOf(RemoteReply reply, byte statusClass) =>
        reply.Status is { } status && status.Class == reply.Code / 100 ? status with { Class = statusClass } : new EnhancedStatus(statusClass, 0, 0);
}
