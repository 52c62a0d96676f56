using PolicyMTA.Configuration;
using PolicyMTA.Policy;

namespace PolicyMTA.Generations;

/// <summary>Describes a generation by what it is made of.</summary>
internal static class ManifestWriter
{
    /// <summary>The manifest of what a scope and some policies make.</summary>
    public static GenerationManifest Describe(GenerationScope scope, PolicyTexts texts)
    {
        ManifestEntry[] entries = [.. Settings(scope), .. Listeners(scope), .. Sections(scope.Configuration), .. Policies("policy", texts.InForce), .. Policies("shadow", texts.Shadow), .. Parts(scope)];
        ManifestPlugin[] plugins = [.. scope.Plugins.Staged.Select(p => new ManifestPlugin(p.Name, p.Version.ToString(), p.SourcePath, p.Hash))];
        return GenerationManifest.Create(entries, plugins);
    }

    private static IEnumerable<ManifestEntry> Settings(GenerationScope scope)
    {
        foreach (var definition in scope.Parameters.Definitions) yield return new ManifestEntry("setting", definition.Name, scope.Parameters.Text(definition.Name));
        var queue = scope.Configuration.Queue;
        yield return new ManifestEntry("setting", "queue.hold_deliveries", queue.HoldDeliveries ? "yes" : "no");
    }

    private static IEnumerable<ManifestEntry> Listeners(GenerationScope scope)
    {
        foreach (var listener in scope.Configuration.Listeners)
        {
            var own = listener.Parameters.Definitions.Where(d => listener.Parameters.Text(d.Name) != scope.FindSetting(d.Name)).Select(d => $" {d.Name}={listener.Parameters.Text(d.Name)}");
            yield return new ManifestEntry("listener", listener.Name, $"{string.Join(' ', listener.Further.Prepend(listener.Address))}{(listener.Mode is { } mode ? $" mode={Convert.ToString((int)mode, 8)}" : "")} tls={listener.Tls.ToString().ToLowerInvariant()} policies={listener.Policies}{(listener.Service is { } served ? $" service={served}" : "")}{string.Concat(own)}");
        }
        foreach (var service in scope.Configuration.Services)
        {
            var spawn = service.Spawn;
            yield return new ManifestEntry("service", service.Name, $"{service.Listen} mode={Convert.ToString((int)service.Mode, 8)} user={spawn.User} directory={spawn.Directory} time_limit={spawn.TimeLimit.TotalSeconds} process_limit={spawn.ProcessLimit} command={string.Join(' ', spawn.Command)}");
        }
    }

    private static IEnumerable<ManifestEntry> Sections(MailConfiguration configuration)
    {
        foreach (var (name, section) in configuration.Transports)
        {
            if (section is TransportSection.Client client)
            {
                var own = client.Parameters.Definitions.Where(d => client.Parameters.Text(d.Name) != configuration.Parameters.Text(d.Name)).Select(d => $" {d.Name}={client.Parameters.Text(d.Name)}");
                yield return new ManifestEntry("transport", name, $"protocol={client.Protocol}{string.Concat(own)}");
            }
            if (section is not TransportSection.Pipe { Settings: var pipe }) continue;
            yield return new ManifestEntry("transport", name, $"user={pipe.User} directory={pipe.Directory} flags={pipe.Flags} eol={Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(pipe.EndOfLine))} size={pipe.SizeLimit} null_sender={pipe.NullSender} time_limit={pipe.TimeLimit.TotalSeconds} command={string.Join(' ', pipe.Command)}");
        }
        foreach (var (name, pool) in configuration.Pools) yield return new ManifestEntry("pool", name, string.Join(' ', pool.Addresses));
        foreach (var (kind, endpoints) in new[] { ("http", configuration.HttpEndpoints), ("events", configuration.EventEndpoints) })
        {
            foreach (var (name, endpoint) in endpoints) yield return new ManifestEntry(kind, name, $"{endpoint.Url} timeout={endpoint.Timeout.TotalSeconds} token_file={endpoint.TokenFile} size_limit={endpoint.SizeLimit}");
        }
    }

    private static IEnumerable<ManifestEntry> Policies(string kind, PolicySource? texts) =>
        texts is null ? [] : texts.Files.Select(f => new ManifestEntry(kind, f.Key, ContentHash.OfTexts(f.Value)));

    // Tables that policies open while running come and go: only those that the generation was made with name it.
    private static IEnumerable<ManifestEntry> Parts(GenerationScope scope) =>
        from part in scope.Parts.Parts
        where part.Kind is "plugin" or "table" or "certificate" or "options" or "bounce templates"
        // Options without a section change with their plugin alone, which is told already.
        where part.Kind != "options" || scope.Configuration.Plugins.ContainsKey(part.Name)
        select new ManifestEntry(part.Kind, part.Name, part.Kind == "options" ? ContentHash.OfTexts(scope.Configuration.Plugins[part.Name].Options.ToJsonString()) : part.Hash);
}
