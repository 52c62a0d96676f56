using PolicyMTA.Addressing;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Configuration;

/// <summary>Finds what is wrong with the values a file gives.</summary>
internal static class ParameterChecks
{
    /// <summary>Every mistake in the values of keys that are known.</summary>
    public static IEnumerable<ConfigurationError> FindMistakes(Parameters parameters, string file) =>
        FindMistakes(parameters, parameters.Given, file);

    /// <summary>The same for some of the values only: a listener's own.</summary>
    public static IEnumerable<ConfigurationError> FindMistakes(Parameters parameters, IReadOnlyDictionary<string, ParameterValue> given, string file)
    {
        foreach (var (name, value) in given)
        {
            if (parameters.FindDefinition(name) is { } definition && FindMistake(parameters, definition) is { } mistake)
            {
                yield return new ConfigurationError(file, value.Position.Line, value.Position.Column, mistake);
            }
        }
    }

    /// <summary>An error for each key that nobody has declared.</summary>
    public static IEnumerable<ConfigurationError> FindUnknown(Parameters parameters, string file) =>
        from name in parameters.Undeclared
        let at = parameters.Given[name].KeyPosition
        select new ConfigurationError(file, at.Line, at.Column, $"unknown key '{name}'{Spelling.Suggest(name, parameters.Definitions.Select(d => d.Name))}");

    private static string? FindMistake(Parameters parameters, KeyDefinition definition)
    {
        try
        {
            return FindMistake(definition, parameters.Text(definition.Name), parameters);
        }
        catch (ConfigurationException error)
        {
            return error.Message.StartsWith(definition.Name, StringComparison.Ordinal) ? error.Message : $"{definition.Name}: {error.Message}";
        }
    }

    private static string? FindMistake(KeyDefinition definition, string text, Parameters parameters) => definition.Kind switch
    {
        KeyKind.Template when definition.FindMistake?.Invoke([text]) is { } wrong => $"{definition.Name}: {wrong}",
        KeyKind.Number when !long.TryParse(text, System.Globalization.NumberStyles.None, null, out _) => $"{definition.Name}: '{text}' is no whole number from 0",
        KeyKind.Boolean when Parameters.Truth(text) is null => $"{definition.Name}: '{text}' is neither yes nor no",
        KeyKind.Duration when !PostfixDuration.TryParse(text, definition.Unit, out _) => $"{definition.Name}: '{text}' is no time such as 300s, 10m or 5d",
        KeyKind.Networks when !NetworkList.TryParse(parameters.List(definition.Name), out _, out var error) => $"{definition.Name}: {error}",
        KeyKind.Choice when !definition.Choices.Contains(text) =>
            $"{definition.Name}: '{text}' is none of {string.Join(", ", definition.Choices)}{Spelling.Suggest(text, definition.Choices)}",
        KeyKind.List or KeyKind.Domains or KeyKind.Text when definition.FindMistake?.Invoke(parameters.List(definition.Name)) is { } mistake => $"{definition.Name}: {mistake}",
        KeyKind.TlsProtocols when !TlsProtocolList.TryParse(text, out _, out var error) => $"{definition.Name}: {error}",
        KeyKind.Address when text.Length > 0 && !System.Net.IPAddress.TryParse(text, out _) => $"{definition.Name}: '{text}' is no IP address",
        KeyKind.FilePath when text.Contains('\0', StringComparison.Ordinal) => $"{definition.Name}: this can't be a path",
        _ => null,
    };
}
