using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolicyMTA.Composition;
using PolicyMTA.Recordings;
using PolicyMTA.Sdk;

namespace PolicyMTA.Control;

/// <summary>Sessions as they end, for <c>policymta record</c>.</summary>
internal sealed class RecordEndpoint(MailServer server)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/record", ControlResponses.Answer(RecordAsync));

    /// <summary>A line for each session, until the client leaves or the server stops; in between, how many were missed.</summary>
    private async Task RecordAsync(HttpContext context)
    {
        if (!long.TryParse(context.Query("longest_body"), NumberStyles.None, CultureInfo.InvariantCulture, out var longestBody)) throw new ConfigurationException("longest_body is a number of bytes");
        using var reader = server.Recordings.Open(longestBody);
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            var told = 0L;
            while (await reader.Sessions.WaitToReadAsync(context.RequestAborted))
            {
                while (reader.Sessions.TryRead(out var session)) await WriteAsync(context, reader, session);
                if (reader.Missed is var missed && missed > told)
                {
                    told = missed;
                    await WriteMissedAsync(context, missed);
                }
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Who recorded has enough.
        }
    }

    private static async Task WriteAsync(HttpContext context, RecordingFeed.Reader reader, byte[] session)
    {
        await context.Response.Body.WriteAsync(session, context.RequestAborted);
        await context.Response.WriteAsync("\n", context.RequestAborted);
        reader.Done(session);
    }

    private static async Task WriteMissedAsync(HttpContext context, long missed)
    {
        await JsonSerializer.SerializeAsync(context.Response.Body, new MissedReply(missed), ControlJson.Default.MissedReply, context.RequestAborted);
        await context.Response.WriteAsync("\n", context.RequestAborted);
    }
}
