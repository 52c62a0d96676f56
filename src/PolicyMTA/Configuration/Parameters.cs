using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>Parameters by their Postfix names, checked and with defaults filled in. An immutable value.</summary>
internal sealed class Parameters : ISettings
{
    /// <inheritdoc/>
    public string Text(string name) => throw new NotImplementedException();
    /// <inheritdoc/>
    public int Int32(string name) => throw new NotImplementedException();
    /// <summary>The value as a number of bytes or the like.</summary>
    public long Int64(string name) => throw new NotImplementedException();
    /// <inheritdoc/>
    public bool Boolean(string name) => throw new NotImplementedException();
    /// <inheritdoc/>
    public IReadOnlyList<string> List(string name) => throw new NotImplementedException();
    /// <summary>The value as a span of time.</summary>
    public TimeSpan Duration(string name) => throw new NotImplementedException();
    /// <summary>The value as networks.</summary>
    public NetworkList Networks(string name) => throw new NotImplementedException();
    /// <summary>The value as an absolute path; null when empty.</summary>
    public string? FilePath(string name) => throw new NotImplementedException();
}
