namespace PolicyMTA.PluginHost;

/// <summary>Why a plugin can't be used, for the person who put it there.</summary>
public sealed record PluginError(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}
