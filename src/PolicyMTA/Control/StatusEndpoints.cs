using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolicyMTA.Composition;
using PolicyMTA.Sdk;

namespace PolicyMTA.Control;

/// <summary>How the server is.</summary>
internal sealed class StatusEndpoints(MailServer server, Func<long> droppedLogLines)
{
    private static readonly string Version = typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/status", ControlResponses.Answer(StatusAsync));
        routes.MapGet("/health", ControlResponses.Answer(context => context.Response.WriteAsync("ok\n", context.RequestAborted)));
        routes.MapGet("/metrics", ControlResponses.Answer(MetricsAsync));
    }

    private async Task StatusAsync(HttpContext context)
    {
        var counts = await server.Queue.Administration.CountAsync(context.RequestAborted);
        var status = new StatusReply(
            Version, Environment.ProcessId, server.Started, server.Hash, server.Configuration.File,
            [.. server.Endpoints.Select(endpoint => new EndpointReply(endpoint.Name, endpoint.Address.ToString()!))],
            counts.ToDictionary(count => QueueReply.Word(count.Key), count => count.Value));
        await ControlResponses.WriteAsync(context, status, ControlJson.Default.StatusReply);
    }

    private async Task MetricsAsync(HttpContext context)
    {
        var counts = await server.Queue.Administration.CountAsync(context.RequestAborted);
        var text = new StringBuilder();
        Append(text, "policymta_start_time_seconds", "gauge", "When the server started.", [("", server.Started.ToUnixTimeSeconds())]);
        Append(text, "policymta_queue_recipients", "gauge", "Recipients in the queue by state.", Enum.GetValues<RecipientState>().Select(state => ($"{{state=\"{QueueReply.Word(state)}\"}}", counts.GetValueOrDefault(state))));
        Append(text, "policymta_log_dropped_lines_total", "counter", "Log lines that no output could take.", [("", droppedLogLines())]);
        Append(text, "process_resident_memory_bytes", "gauge", "Memory of the process.", [("", Environment.WorkingSet)]);
        Append(text, "dotnet_gc_collections_total", "counter", "Garbage collections by generation.", Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation => ($"{{generation=\"{generation}\"}}", (long)GC.CollectionCount(generation))));
        server.Metrics.Write(text);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }

    private static void Append(StringBuilder text, string name, string type, string help, IEnumerable<(string Labels, long Value)> samples)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        foreach (var (labels, value) in samples) text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
    }
}
