using PolicyMTA.Sdk;

namespace PolicyMTA.PluginHost;

/// <summary>A restriction that a plugin declared, not yet bound to the services of a generation.</summary>
public sealed record RestrictionFactory(string Name, Type Context, string Plugin, Func<RestrictionArguments, IPluginServices, object> Create)
{
    /// <summary>What policies pass, as TypeScript writes it.</summary>
    public string Parameters { get; init; } = "";

    public RestrictionDeclaration Bind(IPluginServices services) => new(Name, Context, Plugin, arguments => Create(arguments, services));
}
