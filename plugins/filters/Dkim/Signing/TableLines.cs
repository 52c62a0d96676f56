using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>Lines of two words, as OpenDKIM's tables have them: empty ones and those that begin with # say nothing.</summary>
internal static class TableLines
{
    /// <exception cref="ConfigurationException">A line has one word.</exception>
    internal static IEnumerable<(string Name, string Value)> Read(string text)
    {
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var content = line.Trim();
            if (content.Length == 0 || content[0] == '#') continue;
            var end = content.AsSpan().IndexOfAny(" \t");
            if (end < 0) throw new ConfigurationException($"line {number}: '{content}' stands alone");
            yield return (content[..end], content[end..].Trim());
        }
    }
}
