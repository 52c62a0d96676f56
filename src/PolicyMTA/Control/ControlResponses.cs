using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using PolicyMTA.Sdk;

namespace PolicyMTA.Control;

/// <summary>How endpoints answer.</summary>
internal static class ControlResponses
{
    /// <summary>A handler whose mistakes of the asker become answers.</summary>
    public static RequestDelegate Answer(Func<HttpContext, Task> handler) => async context =>
    {
        try
        {
            await handler(context);
        }
        catch (Exception e) when (e is (ConfigurationException or FormatException) && !context.Response.HasStarted)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, e.Message);
        }
        catch (Exception e) when (e is TemporaryFailureException && !context.Response.HasStarted)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            // The one who asks is the administrator: better the words of a mistake than a silent 500.
            await RefuseAsync(context, StatusCodes.Status500InternalServerError, $"{e.GetType().Name}: {e.Message}");
        }
    };

    public static Task RefuseAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, new RefusalReply(error), ControlJson.Default.RefusalReply);
    }

    public static async Task WriteAsync<T>(HttpContext context, T reply, JsonTypeInfo<T> metadata)
    {
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, reply, metadata, context.RequestAborted);
    }

    /// <summary>A parameter of the query; null when it is not there.</summary>
    public static string? Query(this HttpContext context, string name) => context.Request.Query.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>A switch of the query.</summary>
    public static bool Asks(this HttpContext context, string name) => context.Query(name) == "true";
}
