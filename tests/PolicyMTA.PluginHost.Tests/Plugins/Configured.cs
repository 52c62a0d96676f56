using System.Collections.Generic;
using System.Text.Json.Serialization;
using PolicyMTA.Sdk;

[assembly: Plugin<Configured.ConfiguredPlugin>]

namespace Configured;

public sealed class ConfiguredPlugin : IPlugin
{
    public void Register(IPluginRegistry registry) => registry.AddOptions(Json.Default.ServerOptions, Validate);

    private static IEnumerable<string> Validate(ServerOptions options)
    {
        if (options.RetryCount < 0) yield return "retry_count is negative";
    }
}

public sealed record ServerOptions(string ServerName, int RetryCount = 3)
{
    public Limits? Limits { get; set; }
}

public sealed record Limits(int AtOnce = 1);

[JsonSerializable(typeof(ServerOptions))]
internal sealed partial class Json : JsonSerializerContext;
