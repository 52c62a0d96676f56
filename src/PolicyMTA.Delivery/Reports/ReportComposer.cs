using System.Buffers;
using System.Text;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Reports;

/// <summary>Makes the message that reports an outcome to the sender (RFC 3461 §6). The returned bytes are copied as they are: nothing parses them.</summary>
internal sealed class ReportComposer(Func<IContentWriter> createContent, TimeProvider time)
{
    private const int PieceSize = 64 * 1024;
    private const int LongestHeader = 256 * 1024;

    /// <summary>The report, or null when none is due.</summary>
    public async ValueTask<NewMessage?> ComposeAsync(ReportRequest request, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        var recipients = ReportScope.Select(request);
        if (recipients.Count == 0) return null;
        var reader = await ReportAddresses.FindAsync(request, generation, cancellationToken);
        var text = new ReportText(request, recipients, reader.Shown, generation.Settings, time.GetUtcNow());
        var content = createContent();
        try
        {
            await WriteAsync(content, text, request, generation.Settings, cancellationToken);
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
        return Message(request.ReportId, reader, content, generation) with
        {
            Mail = new MailParameters { Body = BodyType.EightBitMime, SmtpUtf8 = text.IsInternational, RequireTls = request.Message.Mail.RequireTls },
        };
    }

    /// <summary>The notice of a session that went wrong.</summary>
    public async ValueTask<NewMessage> ComposeNoticeAsync(QueueId id, string client, IReadOnlyList<string> transcript, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        var reader = await ReportAddresses.ToPostmasterAsync(generation.Settings.ErrorNoticeRecipient, generation, cancellationToken);
        var content = createContent();
        await content.WriteAsync(Encoding.UTF8.GetBytes(SessionNoticeText.Of(id, client, transcript, reader.Shown, generation.Settings, time.GetUtcNow())), cancellationToken);
        return Message(id, reader, content, generation);
    }

    private static NewMessage Message(QueueId id, ReportAddresses reader, IContentWriter content, DeliveryGeneration generation) => new()
    {
        Id = id,
        Sender = reader.Sender,
        Mail = new MailParameters { Body = BodyType.EightBitMime },
        Origin = new MessageOrigin { Kind = OriginKind.Report, Generation = generation.Hash },
        Recipients = [.. reader.Recipients.Select((address, number) => new QueuedRecipient
        {
            Number = number,
            Address = address,
            Original = address == reader.Shown ? null : reader.Shown,
            // Nobody is to be told that a report has arrived, or is late.
            Parameters = RecipientParameters.None with { Notify = Notify.Never },
        })],
        Content = content,
    };

    private static async ValueTask WriteAsync(IContentWriter content, ReportText text, ReportRequest request, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var returnsAll = ReturnsAll(request, settings);
        await content.WriteAsync(Encoding.UTF8.GetBytes(text.Before(returnsAll)), cancellationToken);
        var original = request.Message.Content;
        if (returnsAll) await CopyAsync(original, content, cancellationToken);
        else await content.WriteAsync(await HeaderSection.ReadAsync(original, LongestHeader, cancellationToken), cancellationToken);
        await content.WriteAsync(Encoding.UTF8.GetBytes(text.After()), cancellationToken);
    }

    // The postmaster's copy shows no more than the header section, unless it is the only one there is.
    private static bool IsCopy(ReportRequest request) => request.Reader == ReportReader.Postmaster && !request.Message.Sender.IsNull;

    // RFC 3461 §4.3: RET speaks of failures only. RFC 8689 §5: what needed TLS is never returned whole. Too large is too large, even when all of it was asked for.
    private static bool ReturnsAll(ReportRequest request, DeliverySettings settings) =>
        request.Kind == ReportKind.Failure && !IsCopy(request) && request.Message.Mail is { Ret: not Ret.Headers, RequireTls: false } && request.Message.Content.Length <= settings.BounceSizeLimit;

    private static async ValueTask CopyAsync(IMessageContent original, IContentWriter content, CancellationToken cancellationToken)
    {
        if (original.Segments is { } segments)
        {
            foreach (var segment in segments) await content.WriteAsync(segment, cancellationToken);
            return;
        }
        await using var stream = await original.OpenReadAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0) await content.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
