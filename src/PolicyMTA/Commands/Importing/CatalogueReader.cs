using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Import.Translation;
using PolicyMTA.Policy.Loading;

namespace PolicyMTA.Commands.Importing;

/// <summary>What an import may use: the keys of this program and of the plugins that came with it.</summary>
internal static class CatalogueReader
{
    /// <exception cref="Sdk.ConfigurationException">A plugin that came along is wrong.</exception>
    public static async Task<(TargetCatalogue Catalogue, string Types)> ReadAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        // Loaded plugins leave copies beside the configuration: they are nobody's here.
        var folder = Directory.CreateTempSubdirectory("policymta-import-").FullName;
        try
        {
            return await ReadAsync(folder, time, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(TargetCatalogue Catalogue, string Types)> ReadAsync(string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        // Nothing of a configuration but where plugins are.
        var configuration = ConfigurationLoader.Parse("[listeners.none]\naddress = \"127.0.0.1:0\"\n", Path.Combine(folder, "policymta.toml"), folder).Configuration!;
        await using var plugins = await OfflinePlugins.OpenAsync(configuration, NullLoggerFactory.Instance, time, cancellationToken);
        var catalogue = new TargetCatalogue
        {
            Keys = plugins.Keys.ToDictionary(key => key.Name, Key, StringComparer.Ordinal),
            Restrictions = plugins.Restrictions.Select(r => r.Name).ToHashSet(StringComparer.Ordinal),
            TableTypes = plugins.TableTypes.ToHashSet(StringComparer.Ordinal),
            TransportSuffixes = TransportKeys.Suffixes.ToHashSet(StringComparer.Ordinal),
            IsOfClient = (protocol, name) => ClientKeys.OfTransport(protocol).Contains(name),
            Suggest = Spelling.Suggest,
            FindSuccessor = FormerRestrictions.FindSuccessor,
        };
        return (catalogue, Policy.Types.PolicyTypes.Write(plugins.Restrictions));
    }

    private static TargetKey Key(KeyDefinition key) => new(key.Name, ValueOf(key.Kind), key.Default, key.PerListener) { Choices = key.Choices };

    private static TargetValue ValueOf(KeyKind kind) => kind switch
    {
        KeyKind.Number => TargetValue.Number,
        KeyKind.Boolean => TargetValue.Boolean,
        KeyKind.Tables or KeyKind.Domains => TargetValue.Tables,
        KeyKind.Networks => TargetValue.Networks,
        KeyKind.Choice => TargetValue.Choice,
        KeyKind.FilePath => TargetValue.Path,
        _ => TargetValue.Text,
    };
}
