using System.Runtime.CompilerServices;
using System.Text;
using PolicyMTA.Configuration;
using PolicyMTA.PluginHost;

namespace PolicyMTA.Tests.Configuration;

/// <summary>docs/configuration.md is made from the keys themselves. <c>UPDATE_GOLDEN=1</c> writes it anew.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public async Task Every_key_is_documented_and_every_documented_key_is_real()
    {
        var file = Path.Combine(Root(), "docs", "configuration.md");
        var text = await DescribeAsync();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(file, text);
        Assert.Equal(text, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public void Every_default_is_a_value_its_key_would_take()
    {
        var given = ConfigurationKeys.Parameters.ToDictionary(d => d.Name, d => new ParameterValue(d.Default, null, default, default));
        foreach (var (name, _) in given.Where(g => g.Value.Text.Contains('$' + g.Key, StringComparison.Ordinal))) given.Remove(name);
        Assert.Empty(ParameterChecks.FindMistakes(Parameters.Create("/srv", ConfigurationKeys.Parameters, given), "f"));
    }

    private static async Task<string> DescribeAsync()
    {
        var text = new StringBuilder("""
            # Configuration

            `policymta.toml` is TOML. Parameters stand outside all sections and have Postfix's names where Postfix has the concept; `$name` in a value stands for
            another parameter, `$$` for a dollar. Times are numbers with a unit (`300s`, `10m`, `4h`, `5d`, `1w`). Lists are TOML arrays, or words separated by
            commas or spaces. Relative paths start at the configuration's folder. Lookup tables are written `type:name`, or by the name of a `[tables.NAME]`
            section. `policymta check` tells every mistake at once; nothing of this file is read again before `policymta reload`.

            ## Parameters

            Those marked † may also stand in a `[listeners.NAME]` section and then hold for that listener.


            """);
        Write(text, ConfigurationKeys.Parameters);
        text.Append("\n## `[listeners.NAME]`\n\n");
        Write(text, ConfigurationKeys.Listener);
        text.Append("\n## `[certificates.\"NAME\"]`\n\nFor clients that ask for a name (SNI); others are shown the listener's own. Renewed files are shown within a minute, without a reload.\n\n");
        Write(text, ConfigurationKeys.Certificate);
        text.Append("\n## `[tables.NAME]`\n\nAll other keys are the table's own: those that stand in a `.cf` file of Postfix.\n\n");
        Write(text, ConfigurationKeys.Table);
        text.Append("\n## `[transports.NAME]`\n\nTransports of your own; `transport_maps` and the like name them. With `protocol = \"smtp\"` or `\"lmtp\"` it is that client, and any parameter whose name begins with `smtp_` or `lmtp_` may stand there and holds for it alone, as does `disable_mime_output_conversion`: Postfix's `slow unix - - n - - smtp -o smtp_bind_address=…`. Otherwise it is a command:\n\n");
        Write(text, ConfigurationKeys.Transport);
        text.Append("\n## `[services.NAME]`\n\nCommands that are started for each connection to a socket, as Postfix's `spawn`: see `docs/policy-services.md`.\n\n");
        Write(text, ConfigurationKeys.Service);
        text.Append("\n## `[http.NAME]` and `[events.NAME]`\n\nWhom policies may ask with `await http('NAME', request)`, and tell with `event('NAME', data)`; nothing else outside can be reached. Requests and data are posted as JSON. An answer is `{status, body}`, whatever its status. Events wait in a line of a thousand, are tried three times, and are counted.\n\n");
        Write(text, ConfigurationKeys.Endpoint);
        text.Append("\n## `[plugins.NAME]`\n\nThe options of the plugin of that name, as its author describes them.\n");
        foreach (var (section, keys) in ConfigurationKeys.Sections)
        {
            text.Append($"\n## `[{section}]`\n\n");
            Write(text, keys);
        }
        text.Append("\n## Parameters of the plugins that ship\n\n| Key | Default | Plugin |\n|---|---|---|\n");
        await WritePluginsAsync(text);
        return text.ToString();
    }

    private static void Write(StringBuilder text, IEnumerable<KeyDefinition> keys)
    {
        text.Append("| Key | Value | Default | |\n|---|---|---|---|\n");
        foreach (var key in keys)
        {
            var value = key.Choices.Count > 0 ? string.Join(", ", key.Choices.Select(c => $"`{c}`")) : Words(key.Kind);
            text.Append($"| `{key.Name}`{(key.PerListener ? " †" : "")} | {value} | {(key.Default.Length == 0 ? "" : $"`{key.Default}`")} | {key.Description} |\n");
        }
    }

    private static async Task WritePluginsAsync(StringBuilder text)
    {
        using var folder = new TemporaryFolder();
        var loader = new PluginLoader(new PluginHostOptions { Folders = [Path.Combine(AppContext.BaseDirectory, "plugins")], VersionsFolder = folder.File("versions") });
        var scan = await loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Empty(scan.Errors);
        var settings = new SortedDictionary<string, (string Default, SortedSet<string> Plugins)>(StringComparer.Ordinal);
        foreach (var staged in scan.Plugins)
        {
            await using var plugin = loader.Load(staged);
            foreach (var (name, value) in plugin.Declarations.Settings)
            {
                if (ConfigurationKeys.Parameters.Any(k => k.Name == name)) continue;
                if (!settings.TryGetValue(name, out var known)) settings[name] = known = (value, []);
                known.Plugins.Add(plugin.Name);
            }
        }
        foreach (var (name, (value, plugins)) in settings) text.Append($"| `{name}` | {(value.Length == 0 ? "" : $"`{value}`")} | {string.Join(", ", plugins)} |\n");
    }

    private static string Words(KeyKind kind) => kind switch
    {
        KeyKind.Number => "number",
        KeyKind.Boolean => "yes or no",
        KeyKind.Duration => "time",
        KeyKind.List => "list",
        KeyKind.Networks => "networks",
        KeyKind.Tables => "tables",
        KeyKind.Domains => "domains, tables",
        KeyKind.Template => "text with macros",
        KeyKind.FilePath => "path",
        KeyKind.Address => "IP address",
        _ => "text",
    };

    private static string Root([CallerFilePath] string self = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(self)!, "../../.."));
}
