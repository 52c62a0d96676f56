using System.Buffers;
using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>One result of a message authentication check (RFC 8601 §2.3), or of a scanner. An immutable value.</summary>
/// <param name="Method">The method: <c>spf</c>, <c>dkim</c>, <c>dmarc</c>, <c>arc</c>, <c>iprev</c>; of scanners <c>spamassassin</c>, <c>rspamd</c>, <c>clamav</c>.</param>
/// <param name="Result">The method's result word, lower case.</param>
/// <param name="Reason">The reason for people; null when there is none.</param>
public sealed record AuthenticationResult(string Method, string Result, string? Reason = null)
{
    /// <summary>Properties in order, as <c>smtp.mailfrom</c> and its value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Properties { get; init; } = [];

    /// <summary>False for what only rules need to know: it does not stand in the Authentication-Results field.</summary>
    public bool IsPublished { get; init; } = true;

    private const int LongestText = 200;

    // RFC 2045 token, and what an address or a domain adds to it (RFC 8601 §2.2, pvalue).
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`{|}~@");

    /// <summary>As it stands in an Authentication-Results field: <c>dkim=pass header.d=example.org</c>. Nothing in it can end the result or the field.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(Method).Append('=').Append(Result);
        if (Reason is { Length: > 0 } reason) text.Append(" reason=").Append(Quoted(reason));
        foreach (var (property, value) in Properties)
        {
            if (value.Length > 0) text.Append(' ').Append(property).Append('=').Append(value.AsSpan().ContainsAnyExcept(Plain) ? Quoted(value) : value);
        }
        return text.ToString();
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, LongestText)))
        {
            if (c is '"' or '\\') quoted.Append('\\');
            quoted.Append(c is < ' ' or > '~' ? '?' : c);
        }
        return quoted.Append('"').ToString();
    }
}

/// <summary>
/// The results of one transaction, shared by its milters and restrictions. Not thread-safe: it belongs to the session,
/// which runs one check at a time.
/// </summary>
public sealed class AuthenticationResults
{
    private readonly List<AuthenticationResult> _items = [];

    /// <summary>All results in the order they were found.</summary>
    public IReadOnlyList<AuthenticationResult> Items => _items;

    /// <summary>Adds one.</summary>
    public void Add(AuthenticationResult result) => _items.Add(result);

    /// <summary>The last result of a method; null when the method has not run.</summary>
    public AuthenticationResult? Find(string method) => _items.FindLast(r => r.Method == method);
}
