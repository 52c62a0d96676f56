using System.CommandLine;
using PolicyMTA.Configuration;

namespace PolicyMTA.Commands;

/// <summary>Which configuration a command is about: <c>--config</c>, <c>POLICYMTA_CONFIG</c>, or the file in the current folder.</summary>
internal sealed class ConfigurationLocation
{
    public const string Variable = "POLICYMTA_CONFIG";
    private const string DefaultFile = "policymta.toml";
    // What [control] socket is when it is not said.
    private const string DefaultSocket = "control/socket";

    public Option<string?> Option { get; } = new("--config", "-c")
    {
        Description = $"The configuration file (default: ${Variable}, else ./{DefaultFile})",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>The file's full path.</summary>
    public string File(ParseResult parsed) =>
        Path.GetFullPath(parsed.GetValue(Option) ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file ? file : DefaultFile));

    /// <summary>The control socket of the server that runs this configuration.</summary>
    /// <exception cref="Sdk.ConfigurationException">There is no telling where it is.</exception>
    public string Socket(ParseResult parsed)
    {
        var file = File(parsed);
        var result = ConfigurationLoader.Load(file);
        if (result.Configuration is { } configuration) return configuration.Control.Socket;
        // A file that is being mended must not keep anybody from the server, which still runs on the last good one.
        var usual = Path.Combine(Path.GetDirectoryName(file)!, DefaultSocket);
        return System.IO.File.Exists(usual) ? usual : throw new Sdk.ConfigurationException(string.Join('\n', result.Errors));
    }
}
