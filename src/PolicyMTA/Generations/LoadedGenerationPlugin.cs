using PolicyMTA.PluginHost;

namespace PolicyMTA.Generations;

/// <summary>A plugin with the options that one configuration gives it.</summary>
/// <param name="Assembly">The plugin in memory.</param>
/// <param name="Options">Its options; null when it declares none.</param>
/// <param name="Hash">The hash of assembly and options.</param>
internal sealed record LoadedGenerationPlugin(GenerationPart<LoadedPlugin> Assembly, object? Options, string Hash) : IAsyncDisposable
{
    /// <summary>What it declares.</summary>
    public PluginDeclarations Declarations => Assembly.Value.Declarations;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Assembly.DisposeAsync();
}
