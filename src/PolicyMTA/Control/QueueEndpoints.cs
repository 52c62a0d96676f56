using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Control.Listings;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Control;

/// <summary>The queue: listing, reading, holding, releasing, deleting, flushing, returning, requeueing.</summary>
internal sealed class QueueEndpoints(MailServer server)
{
    private const int EnoughToSend = 64 * 1024;

    private QueueAdministration Administration => server.Queue.Administration;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/queue", ControlResponses.Answer(ListAsync));
        routes.MapGet("/queue/rehearsal/{verb}", ControlResponses.Answer(RehearseAsync));
        routes.MapGet("/queue/{id}", ControlResponses.Answer(FindAsync));
        routes.MapGet("/queue/{id}/content", ControlResponses.Answer(ReadAsync));
        routes.MapPost("/queue/hold", Change((context, id, filter) => Administration.HoldAsync(id, filter, context.Query("name") ?? "hold", Expiry(context), context.RequestAborted)));
        routes.MapPost("/queue/release", Change((context, id, filter) => Administration.ReleaseAsync(id, filter, context.RequestAborted)));
        routes.MapPost("/queue/delete", Change((context, id, filter) => Administration.DeleteAsync(id, filter, context.RequestAborted)));
        routes.MapPost("/queue/bounce", Change((context, id, filter) => Administration.BounceAsync(id, filter, Reasons.Returned, context.Query("reason") ?? Reasons.ReturnedText, context.RequestAborted)));
        routes.MapPost("/queue/requeue", Change((context, id, filter) => server.RequeueAsync(id, filter, context.RequestAborted)));
        routes.MapPost("/queue/flush", Change((context, id, filter) => Administration.FlushAsync(id, filter, context.RequestAborted)));
    }

    private async Task ListAsync(HttpContext context)
    {
        var filter = Filter(context);
        await WriteAsync(context, Administration.ListAsync(filter, context.RequestAborted));
    }

    /// <summary>What a change would touch.</summary>
    private async Task RehearseAsync(HttpContext context)
    {
        var (filter, id) = (Filter(context), ChosenId(context));
        var verb = (string)context.Request.RouteValues["verb"]!;
        if (verb is not ("hold" or "release" or "delete" or "flush" or "bounce" or "requeue")) throw new FormatException($"'{verb}' is nothing to do to the queue");
        await WriteAsync(context, Administration.RehearseAsync(verb, id, filter, context.RequestAborted));
    }

    // A queue of a million is listed while it is read; the one who asked need not understand it again.
    private static async Task WriteAsync(HttpContext context, IAsyncEnumerable<QueueEntry> entries)
    {
        using var text = new StringWriter { NewLine = "\n" };
        IListing listing = context.Query("format") switch
        {
            "mailq" => new MailqListing(text),
            "text" => new QueueListing(text),
            "part" => new QueueListing(text, saysHowMany: false),
            "postqueue" => new PostqueueJson(text),
            _ => new QueueJson(text),
        };
        context.Response.ContentType = listing is QueueJson or PostqueueJson ? "application/x-ndjson" : "text/plain; charset=utf-8";
        await foreach (var entry in entries)
        {
            listing.Add(QueueReply.From(entry));
            await SendAsync(EnoughToSend);
        }
        listing.End();
        await SendAsync(1);

        async ValueTask SendAsync(int least)
        {
            if (text.GetStringBuilder().Length < least) return;
            await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
            text.GetStringBuilder().Clear();
        }
    }

    private async Task FindAsync(HttpContext context)
    {
        if (await Administration.FindAsync(Id(context), context.RequestAborted) is not { } entry) await NotFoundAsync(context);
        else await ControlResponses.WriteAsync(context, QueueReply.From(entry), ControlJson.Default.QueueReply);
    }

    private async Task ReadAsync(HttpContext context)
    {
        if (await Administration.ReadContentAsync(Id(context), context.RequestAborted) is not { } content)
        {
            await NotFoundAsync(context);
            return;
        }
        context.Response.ContentType = "message/rfc822";
        await using var stream = await content.OpenReadAsync(context.RequestAborted);
        await stream.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static RequestDelegate Change(Func<HttpContext, QueueId?, QueueFilter, ValueTask<int>> change) => ControlResponses.Answer(async context =>
    {
        var filter = Filter(context);
        var id = ChosenId(context);
        if (id is null && filter == QueueFilter.All && !context.Asks("all")) throw new FormatException("say which messages: ids, a filter, or all");
        var touched = await change(context, id, filter);
        if (id is not null && touched == 0) await ControlResponses.RefuseAsync(context, StatusCodes.Status404NotFound, $"{id}: no recipient of such a message is in a state for this");
        else await ControlResponses.WriteAsync(context, new TouchedReply(touched), ControlJson.Default.TouchedReply);
    });

    private static Task NotFoundAsync(HttpContext context) => ControlResponses.RefuseAsync(context, StatusCodes.Status404NotFound, $"{Id(context)}: no such message");

    private static QueueId Id(HttpContext context) => new((string)context.Request.RouteValues["id"]!);

    private static QueueId? ChosenId(HttpContext context) => context.Query("id") is { Length: > 0 } text ? new QueueId(text) : null;

    private static QueueFilter Filter(HttpContext context) => new()
    {
        Sender = context.Query("sender"),
        Recipient = context.Query("recipient"),
        Domain = context.Query("domain"),
        State = context.Query("state") is { } state ? State(state) : null,
        Account = context.Query("account"),
        Age = Range(context, "age", text => PostfixDuration.TryParse(text, 's', out var age) ? age.TotalSeconds : null, ">1h"),
        Attempts = Range(context, "attempts", NumberRange.ReadNumber, ">3"),
        Reply = context.Query("reply"),
        Hold = context.Query("in_hold"),
        Destination = context.Query("destination"),
    };

    private static NumberRange? Range(HttpContext context, string name, Func<string, double?> read, string example)
    {
        if (context.Query(name) is not { } text) return null;
        return NumberRange.TryParse(text, read) ?? throw new FormatException($"'{text}' is no {name}; write it as {example}");
    }

    private static RecipientState State(string text) => Enum.TryParse<RecipientState>(text, ignoreCase: true, out var state) && !char.IsAsciiDigit(text[0])
        ? state
        : throw new FormatException($"'{text}' is no state; there are {string.Join(", ", Enum.GetValues<RecipientState>().Select(QueueReply.Word))}");

    private static TimeSpan? Expiry(HttpContext context)
    {
        if (context.Query("expires") is not { } text) return null;
        return PostfixDuration.TryParse(text, 's', out var span) ? span : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no span of time; write it as 90s, 10m, 2h or 5d"));
    }

    private static class Reasons
    {
        public static EnhancedStatus Returned { get; } = new(5, 4, 7);
        public const string ReturnedText = "returned to sender by the administrator";
    }
}
