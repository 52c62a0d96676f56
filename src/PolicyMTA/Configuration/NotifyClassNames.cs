using System.Diagnostics.CodeAnalysis;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>The words of <c>notify_classes</c>.</summary>
internal static class NotifyClassNames
{
    private static readonly IReadOnlyDictionary<string, NotifyClasses> Names = new Dictionary<string, NotifyClasses>(StringComparer.Ordinal)
    {
        ["bounce"] = NotifyClasses.Bounce, ["2bounce"] = NotifyClasses.DoubleBounce, ["delay"] = NotifyClasses.Delay, ["policy"] = NotifyClasses.Policy,
        ["protocol"] = NotifyClasses.Protocol, ["resource"] = NotifyClasses.Resource, ["software"] = NotifyClasses.Software, ["data"] = NotifyClasses.Data,
    };

    public static bool TryParse(IReadOnlyList<string> words, out NotifyClasses classes, [NotNullWhen(false)] out string? error)
    {
        (classes, error) = (NotifyClasses.None, null);
        foreach (var word in words)
        {
            if (Names.TryGetValue(word, out var named)) classes |= named;
            else
            {
                error = $"'{word}' is none of {string.Join(", ", Names.Keys)}{Spelling.Suggest(word, Names.Keys)}";
                return false;
            }
        }
        return true;
    }

    /// <summary>Words that were checked before.</summary>
    public static NotifyClasses Of(IReadOnlyList<string> words) => TryParse(words, out var classes, out var error) ? classes : throw new ConfigurationException(error);
}
