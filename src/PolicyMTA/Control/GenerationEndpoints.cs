using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolicyMTA.Composition;
using PolicyMTA.Generations;

namespace PolicyMTA.Control;

/// <summary>What is in force, and putting other things in force.</summary>
internal sealed class GenerationEndpoints(MailServer server)
{
    private const int CollectionsToUnload = 5;
    private const int LongestAuthor = 64;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/reload", ControlResponses.Answer(ReloadAsync));
        routes.MapPost("/rollback", ControlResponses.Answer(RollbackAsync));
        routes.MapGet("/history", ControlResponses.Answer(context => ControlResponses.WriteAsync(context, server.History(), ControlJson.Default.IReadOnlyListHistoryEntry)));
        routes.MapGet("/history/diff", ControlResponses.Answer(context => context.Response.WriteAsync(server.Difference(context.Query("from"), context.Query("to")), context.RequestAborted)));
        routes.MapGet("/plugins", ControlResponses.Answer(context => ControlResponses.WriteAsync(context, Plugins(), ControlJson.Default.IReadOnlyListPluginStatus)));
        routes.MapGet("/lookup", ControlResponses.Answer(LookUpAsync));
    }

    // What was let go leaves memory with a collection, and an idle server makes none: only what stays after these is held by something.
    private IReadOnlyList<PluginStatus> Plugins()
    {
        var plugins = server.Plugins();
        for (var collections = 0; collections < CollectionsToUnload && plugins.Any(plugin => plugin.IsLetGo); collections++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            plugins = server.Plugins();
        }
        return plugins;
    }

    // A client that goes away does not undo what it asked for: the swap is atomic, and its end is in the log.
    private async Task ReloadAsync(HttpContext context) => await WriteAsync(context, await server.ReloadAsync(context.Asks("now"), Author(context), CancellationToken.None));

    private async Task RollbackAsync(HttpContext context) => await WriteAsync(context, await server.RollbackAsync(context.Query("hash"), Author(context), CancellationToken.None));

    // Only the server's owner can open the socket, so that who they are behind it is theirs to say.
    private static string Author(HttpContext context)
    {
        var author = string.Concat((context.Query("author") ?? "").Where(c => !char.IsControl(c)));
        return author.Length > LongestAuthor ? author[..LongestAuthor] : author;
    }

    private async Task LookUpAsync(HttpContext context)
    {
        var result = await server.LookUpAsync(context.Query("table") ?? "", context.Query("key") ?? "", context.RequestAborted);
        await ControlResponses.WriteAsync(context, new LookupReply(result.IsFound, result.Value, result.Failure), ControlJson.Default.LookupReply);
    }

    private static Task WriteAsync(HttpContext context, ReloadResult result)
    {
        if (!result.Succeeded) context.Response.StatusCode = StatusCodes.Status409Conflict;
        return ControlResponses.WriteAsync(context, GenerationReply.From(result), ControlJson.Default.GenerationReply);
    }
}
