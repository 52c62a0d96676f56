using System.Diagnostics.CodeAnalysis;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Redis;

/// <summary>A text with Postfix's expansions, or without any. What it makes is one argument of a command, whatever the key holds. Immutable.</summary>
internal sealed class KeyText
{
    private readonly string[] _texts;
    private readonly QueryTemplate? _template;

    private KeyText(string[] texts, QueryTemplate? template) => (_texts, _template) = (texts, template);

    /// <summary>True when it depends on the key.</summary>
    internal bool HasExpansions => _template is not null;

    /// <exception cref="ConfigurationException">There is an expansion Postfix does not know, or a quote.</exception>
    internal static KeyText Parse(string text)
    {
        if (text.IndexOfAny(['\'', '"', '\0']) >= 0) throw new ConfigurationException("quotes mean nothing here: leave them out");
        if (!text.Replace("%%", "", StringComparison.Ordinal).Contains('%', StringComparison.Ordinal)) return new KeyText([text.Replace("%%", "%", StringComparison.Ordinal)], null);
        var template = QueryTemplate.Parse(text, _ => "\0");
        return new KeyText(template.Text.Split('\0'), template);
    }

    /// <summary>The text for a key; false when the key lacks a part.</summary>
    internal bool TryBind(string key, [NotNullWhen(true)] out string? text)
    {
        text = _texts[0];
        if (_template is null) return true;
        text = null;
        if (!_template.TryBind(key, out var values)) return false;
        var bound = new StringBuilder(_texts[0]);
        for (var i = 0; i < values.Length; i++) bound.Append(values[i]).Append(_texts[i + 1]);
        text = bound.ToString();
        return true;
    }
}
