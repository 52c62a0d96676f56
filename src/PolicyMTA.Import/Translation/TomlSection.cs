using System.Text;

namespace PolicyMTA.Import.Translation;

/// <summary>A section of the configuration, or what stands before all of them.</summary>
/// <param name="Header">The header without brackets; empty for what stands before all sections.</param>
/// <param name="Comment">What it was in Postfix.</param>
internal sealed record TomlSection(string Header, string Comment)
{
    private readonly List<(string Key, string Value, string? Comment)> _lines = [];

    /// <summary>A line; one of a name that is there already takes its place.</summary>
    public void Set(string key, string value, string? comment = null)
    {
        _lines.RemoveAll(line => line.Key == key);
        _lines.Add((key, value, comment));
    }

    public bool Has(string key) => _lines.Exists(line => line.Key == key);

    public void Write(StringBuilder text)
    {
        if (_lines.Count == 0 && Header.Length == 0) return;
        text.Append('\n');
        if (Comment.Length > 0) text.Append("# ").Append(Comment).Append('\n');
        if (Header.Length > 0) text.Append('[').Append(Header).Append("]\n");
        foreach (var (key, value, comment) in _lines) text.Append(key).Append(" = ").Append(value).Append(comment is null ? "" : "  # " + comment).Append('\n');
    }
}
