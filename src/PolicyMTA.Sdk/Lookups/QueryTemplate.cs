using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>
/// A query with Postfix's expansions <c>%s %u %d %1 … %9 %%</c> made into text with parameters, so that no key can change what the query means. Quotes
/// around an expansion are swallowed: <c>'%s'</c> becomes one parameter, and <c>'%u@%d'</c> too. Immutable and thread-safe.
/// </summary>
public sealed class QueryTemplate
{
    private readonly List<Piece>[] _parameters;

    private QueryTemplate(string text, List<Piece>[] parameters) => (Text, _parameters) = (text, parameters);

    // Either plain text or an expansion.
    private readonly record struct Piece(string Text, char Expansion);

    /// <summary>The query with the backend's placeholders.</summary>
    public string Text { get; }

    /// <summary>The number of its parameters.</summary>
    public int ParameterCount => _parameters.Length;

    /// <summary>Reads a query.</summary>
    /// <param name="query">The query as Postfix takes it.</param>
    /// <param name="placeholder">The backend's placeholder for the n-th parameter, counted from 1.</param>
    /// <exception cref="ConfigurationException">There is an expansion Postfix does not know, a quote that does not end, or no expansion at all.</exception>
    public static QueryTemplate Parse(string query, Func<int, string> placeholder)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(placeholder);
        var text = new StringBuilder();
        var parameters = new List<List<Piece>>();
        var index = 0;
        while (index < query.Length)
        {
            if (query[index] is '\'' or '"') ReadQuoted(query, ref index, text, parameters, placeholder);
            else if (query[index] != '%') text.Append(query[index++]);
            else if (ReadExpansion(query, ref index) is var expansion && expansion == '%') text.Append('%');
            else AddParameter([new Piece("", expansion)], text, parameters, placeholder);
        }
        if (parameters.Count == 0) throw new ConfigurationException("the query does not ask for the key: it has none of %s %u %d %1 … %9");
        return new QueryTemplate(text.ToString(), [.. parameters]);
    }

    /// <summary>
    /// The parameters for a key, in order; false when the key lacks a part that the query names, and then there is no result and nothing to ask.
    /// </summary>
    public bool TryBind(string key, [NotNullWhen(true)] out string[]? values)
    {
        ArgumentNullException.ThrowIfNull(key);
        values = null;
        if (key.Length == 0) return false;
        var parts = new KeyParts(key);
        var bound = new string[_parameters.Length];
        for (var i = 0; i < bound.Length; i++)
        {
            if (Expand(_parameters[i], parts) is not { } value) return false;
            bound[i] = value;
        }
        values = bound;
        return true;
    }

    private static string? Expand(List<Piece> pieces, KeyParts parts)
    {
        if (pieces.Count == 1) return parts.Find(pieces[0].Expansion);
        var value = new StringBuilder();
        foreach (var piece in pieces)
        {
            if (piece.Expansion == '\0') value.Append(piece.Text);
            else if (parts.Find(piece.Expansion) is { } part) value.Append(part);
            else return null;
        }
        return value.ToString();
    }

    private static void ReadQuoted(
        string query, ref int index, StringBuilder text, List<List<Piece>> parameters, Func<int, string> placeholder)
    {
        var quote = query[index];
        var start = index++;
        var pieces = new List<Piece>();
        var plain = new StringBuilder();
        while (true)
        {
            if (index >= query.Length) throw new ConfigurationException($"the query has a {quote} that does not end");
            var c = query[index];
            if (c == '%' && ReadExpansion(query, ref index) is var expansion && expansion != '%')
            {
                if (plain.Length > 0) pieces.Add(new Piece(plain.ToString(), '\0'));
                plain.Clear();
                pieces.Add(new Piece("", expansion));
                continue;
            }
            // ReadExpansion has gone past "%%" already.
            if (c == '%') { plain.Append('%'); continue; }
            index++;
            if (c != quote) plain.Append(c);
            else if (index < query.Length && query[index] == quote) { plain.Append(quote); index++; }
            else break;
        }
        if (pieces.Count == 0)
        {
            text.Append(query[start..index].Replace("%%", "%", StringComparison.Ordinal));
            return;
        }
        if (plain.Length > 0) pieces.Add(new Piece(plain.ToString(), '\0'));
        AddParameter(pieces, text, parameters, placeholder);
    }

    private static char ReadExpansion(string query, ref int index)
    {
        var letter = index + 1 < query.Length ? query[index + 1] : ' ';
        if (letter != '%' && !KeyParts.IsExpansion(letter)) throw new ConfigurationException($"the query has an unknown expansion %{letter}");
        index += 2;
        return letter;
    }

    private static void AddParameter(List<Piece> pieces, StringBuilder text, List<List<Piece>> parameters, Func<int, string> placeholder)
    {
        parameters.Add(pieces);
        text.Append(placeholder(parameters.Count));
    }
}
