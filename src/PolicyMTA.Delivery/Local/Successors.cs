using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>Makes the messages that go on in the place of a local recipient: one for each sender, and for what is done here and what leaves.</summary>
internal sealed class Successors(NewMail mail, TimeProvider time, DeliveryGeneration generation, QueuedMessage message, QueuedRecipient recipient)
{
    private const int PieceSize = 64 * 1024;

    public async ValueTask<IReadOnlyList<NewMessage>> MakeAsync(IReadOnlyList<ExpandedRecipient> found, CancellationToken cancellationToken)
    {
        var made = new List<NewMessage>();
        try
        {
            foreach (var group in found.GroupBy(one => (one.Scope.Sender, one.Scope.IsList, one.IsHere))) made.Add(await MakeAsync([.. group], cancellationToken));
            return made;
        }
        catch
        {
            foreach (var one in made) await one.Content.DisposeAsync();
            throw;
        }
    }

    private async ValueTask<NewMessage> MakeAsync(List<ExpandedRecipient> group, CancellationToken cancellationToken)
    {
        var scope = group[0].Scope;
        var content = mail.CreateContent();
        try
        {
            await CopyAsync(content, cancellationToken);
            var id = mail.NextId();
            return new NewMessage
            {
                Id = id, Sender = scope.Sender, Origin = message.Origin, Content = content, Head = group[0].IsHere ? default : Encoding.UTF8.GetBytes(Head(id)),
                // RFC 3461 §5.2.7.1: what a list sends on asks nothing in the sender's name.
                Mail = scope.IsList ? message.Mail with { Size = null, Ret = Ret.Unspecified, EnvelopeId = null } : message.Mail with { Size = null },
                Recipients = [.. group.Select(Recipient)],
            };
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
    }

    private QueuedRecipient Recipient(ExpandedRecipient one, int number) => new()
    {
        Number = number, Address = one.Address, IsForwarded = true,
        // What is done here shows the address that was written to, whatever it stood for.
        RouteOverride = LocalDestination.TryRead(one.Route, out var destination) ? (destination with { Delivered = recipient.Address.ToString() }).ToRoute() : one.Route,
        Original = one.Scope.IsList ? null : recipient.Original ?? recipient.Address,
        Parameters = new RecipientParameters { Notify = one.Scope.Notify, OriginalRecipient = one.Scope.IsList ? null : recipient.Parameters.OriginalRecipient },
    };

    // As forward.c of Postfix has it: who passed it on, and for whom, so that a loop is seen.
    private string Head(QueueId id)
    {
        var settings = generation.Settings;
        var date = time.GetUtcNow().UtcDateTime.ToString("ddd, d MMM yyyy HH:mm:ss '+0000 (UTC)'", CultureInfo.InvariantCulture);
        var head = $"Received: by {settings.MyHostname} ({settings.MailName})\r\n\tid {id}; {date}\r\n";
        var reached = recipient.Address.ToEnvelope().ToLowerInvariant().Replace('\r', ' ').Replace('\n', ' ');
        return settings.Local.PrependDeliveredHeader.Contains("forward") ? $"{head}Delivered-To: {reached}\r\n" : head;
    }

    private async ValueTask CopyAsync(IContentWriter content, CancellationToken cancellationToken)
    {
        if (message.Content.Segments is { } segments)
        {
            foreach (var segment in segments) await content.WriteAsync(segment, cancellationToken);
            return;
        }
        await using var stream = await message.Content.OpenReadAsync(cancellationToken);
        var buffer = new byte[PieceSize];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count) await content.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
    }
}
