using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolicyMTA.Composition;
using PolicyMTA.Sdk;
using PolicyMTA.Traces;

namespace PolicyMTA.Control;

/// <summary>What was decided, what is being decided, and by which rules.</summary>
internal sealed class TraceEndpoints(MailServer server)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/explain", ControlResponses.Answer(ExplainAsync));
        routes.MapGet("/tail", ControlResponses.Answer(TailAsync));
        routes.MapGet("/rules", ControlResponses.Answer(RulesAsync));
    }

    private async Task ExplainAsync(HttpContext context)
    {
        var id = context.Query("id") ?? "";
        var found = await server.Traces.FindAsync(id, context.RequestAborted)
            ?? throw new ConfigurationException("no decisions are kept: name a file with trace_database in [policy]");
        if (found.Count == 0) throw new ConfigurationException($"nothing is known of '{id}': it is no queue id and no session id, nothing was decided in it, or it is older than trace_lifetime or trace_size allow");
        await ControlResponses.WriteAsync(context, found, ControlJson.Default.IReadOnlyListDecisionTrace);
    }

    private async Task RulesAsync(HttpContext context)
    {
        var rules = server.Rules.Select(RuleReply.From);
        if (context.Asks("unused")) rules = rules.Where(rule => rule.LastMatch is null);
        await ControlResponses.WriteAsync<IReadOnlyList<RuleReply>>(context, [.. rules], ControlJson.Default.IReadOnlyListRuleReply);
    }

    /// <summary>A line of JSON for each trace, until the client leaves or the server stops.</summary>
    private async Task TailAsync(HttpContext context)
    {
        using var reader = server.Traces.Feed.Open(context.Asks("rejects"));
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            while (await reader.Traces.WaitToReadAsync(context.RequestAborted)) await WriteAsync(context, reader);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Who watched has seen enough.
        }
    }

    private static async Task WriteAsync(HttpContext context, TraceFeed.Reader reader)
    {
        while (reader.Traces.TryRead(out var trace))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, trace, ControlJson.Default.DecisionTrace, context.RequestAborted);
            await context.Response.WriteAsync("\n", context.RequestAborted);
        }
        if (reader.TakeMissed() is > 0 and var missed)
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, new MissedReply(missed), ControlJson.Default.MissedReply, context.RequestAborted);
            await context.Response.WriteAsync("\n", context.RequestAborted);
        }
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
