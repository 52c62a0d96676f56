using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>
/// A text with Postfix's expansions <c>%s %u %d %1 … %9 %%</c>, for backends whose questions are texts: each part of a key is written as the backend quotes
/// it. Where the backend takes parameters, <see cref="QueryTemplate"/> is the one to use. Immutable and thread-safe.
/// </summary>
public sealed class KeyTemplate
{
    private readonly List<(string Before, char Expansion)> _pieces = [];
    private readonly string _end;

    private KeyTemplate(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%') { plain.Append(text[i]); continue; }
            var letter = ++i < text.Length ? text[i] : ' ';
            if (letter == '%') { plain.Append('%'); continue; }
            if (!KeyParts.IsExpansion(letter)) throw new ConfigurationException($"unknown expansion %{letter}");
            _pieces.Add((plain.ToString(), letter));
            plain.Clear();
        }
        _end = plain.ToString();
    }

    /// <summary>True when it depends on the key.</summary>
    public bool HasExpansions => _pieces.Count > 0;

    /// <summary>What stands before the first expansion, and is the same for every key.</summary>
    public string Start => _pieces.Count > 0 ? _pieces[0].Before : _end;

    /// <summary>Reads a text.</summary>
    /// <exception cref="ConfigurationException">There is an expansion Postfix does not know.</exception>
    public static KeyTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new KeyTemplate(text);
    }

    /// <summary>The text for a key; null when the key is empty or lacks a part that is named: then there is nothing to ask.</summary>
    /// <param name="key">The key.</param>
    /// <param name="quote">How the backend writes a part of a key; null for as it is.</param>
    public string? Expand(string key, Func<string, string>? quote = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_pieces.Count == 0) return _end;
        if (key.Length == 0) return null;
        var (parts, text) = (new KeyParts(key), new StringBuilder());
        foreach (var (before, expansion) in _pieces)
        {
            if (parts.Find(expansion) is not { } part) return null;
            text.Append(before).Append(quote is null ? part : quote(part));
        }
        return text.Append(_end).ToString();
    }
}
