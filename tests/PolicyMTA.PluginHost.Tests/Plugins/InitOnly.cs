using System.Text.Json.Serialization;
using PolicyMTA.Sdk;

[assembly: Plugin<InitOnly.InitOnlyPlugin>]

namespace InitOnly;

public sealed class InitOnlyPlugin : IPlugin
{
    public void Register(IPluginRegistry registry) => registry.AddOptions(Json.Default.ServerOptions);
}

public sealed record ServerOptions(Limits Limits);

public sealed record Limits
{
    public int AtOnce { get; init; } = 1;
}

[JsonSerializable(typeof(ServerOptions))]
internal sealed partial class Json : JsonSerializerContext;
