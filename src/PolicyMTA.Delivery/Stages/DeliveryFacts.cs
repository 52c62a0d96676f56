using System.Net;
using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Stages;

/// <summary>A queued message in the words that rules know from sessions. What the queue does not keep of the session is unknown to them.</summary>
internal static class DeliveryFacts
{
    public static SessionFacts Session(QueuedMessage message, DeliverySettings settings) => new()
    {
        Id = message.Id.Value,
        Client = ClientOf(message.Origin.Client),
        Server = new Server(IPAddress.Loopback, 0, settings.MyHostname),
        Listener = "",
        Helo = message.Origin.Helo.Length > 0 ? new Helo(message.Origin.Helo, message.Origin.Protocol is not ("" or "SMTP")) : null,
        Sasl = message.Origin.SaslUser is { } user ? new Sasl(user, "") : null,
    };

    public static TransactionFacts Transaction(QueuedMessage message) => new()
    {
        Sender = message.Sender, Mail = message.Mail with { Size = message.Content.Length }, QueueId = message.Id,
    };

    public static Recipient Recipient(QueuedRecipient recipient, AddressClass addressClass, DeliverySettings settings) => new()
    {
        Address = recipient.Address, Given = recipient.Original ?? recipient.Address, Parameters = recipient.Parameters, Class = addressClass,
        Extension = ExtensionOf(recipient.Address, settings.RecipientDelimiter),
    };

    /// <summary>The recipient's address class; what can't be said for now is the default class.</summary>
    public static async ValueTask<Recipient> RecipientAsync(QueuedRecipient recipient, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        var (_, found, _) = await generation.Addresses.ResolveAsync(recipient.Address, cancellationToken);
        return Recipient(recipient, found, generation.Settings);
    }

    private static string ExtensionOf(Address address, string delimiters)
    {
        var at = address.Local.Length < 2 ? -1 : address.Local.AsSpan(1).IndexOfAny(delimiters);
        return at < 0 ? "" : address.Local[(at + 2)..];
    }

    // "name[address]", as sessions write it; anything else made the message on this machine.
    private static Sdk.Client ClientOf(string text)
    {
        var open = text.LastIndexOf('[');
        if (open < 0 || !text.EndsWith(']') || !IPAddress.TryParse(text.AsSpan(open + 1, text.Length - open - 2), out var address)) return new Sdk.Client { Address = IPAddress.Loopback, Name = "localhost", ReverseName = "localhost" };
        return new Sdk.Client { Address = address, Name = text[..open], ReverseName = text[..open] };
    }
}
