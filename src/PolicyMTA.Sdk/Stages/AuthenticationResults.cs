namespace PolicyMTA.Sdk;

/// <summary>One result of a message authentication check (RFC 8601 §2.3). An immutable value.</summary>
/// <param name="Method">The method: <c>spf</c>, <c>dkim</c>, <c>dmarc</c>, <c>arc</c>, <c>iprev</c>.</param>
/// <param name="Result">The method's result word, lower case.</param>
/// <param name="Reason">The reason for people; null when there is none.</param>
public sealed record AuthenticationResult(string Method, string Result, string? Reason = null)
{
    /// <summary>Properties in order, as <c>smtp.mailfrom</c> and its value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Properties { get; init; } = [];
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
