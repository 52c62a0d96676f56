namespace PolicyMTA.Configuration;

/// <summary>Reads <c>policymta.toml</c>.</summary>
internal static class ConfigurationLoader
{
    /// <summary>The configuration, or every mistake in it with its place. What only plugins can judge is checked when a generation is built.</summary>
    public static ConfigurationResult Load(string path) => throw new NotImplementedException();
}
