using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Parameters as one part sees them: what it reads is noted.</summary>
internal sealed class RecordingSettings(Func<Parameters> parameters, Dependencies dependencies) : ISettings
{
    /// <inheritdoc/>
    public string Text(string name) => Read(name, p => p.FindDefinition(name)?.Kind == KeyKind.FilePath ? p.FilePath(name) ?? "" : p.Text(name));

    /// <inheritdoc/>
    public int Int32(string name) => Read(name, p => p.Int32(name));

    /// <inheritdoc/>
    public bool Boolean(string name) => Read(name, p => p.Boolean(name));

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string name) => Read(name, p => p.List(name));

    /// <inheritdoc/>
    public string FullPath(string path) => parameters().FullPath(path);

    private T Read<T>(string name, Func<Parameters, T> read)
    {
        var now = parameters();
        dependencies.AddSetting(name, now.Text(name));
        return read(now);
    }
}
