namespace PolicyMTA.Sdk;

/// <summary>
/// Any source that gives a value for a key. Three outcomes that must never be confused: found, none, and a temporary failure.
/// </summary>
/// <remarks>
/// Called by many sessions at once. Await, never block. A broken backend is <see cref="LookupResult.Failed"/>, not an exception and never "none".
/// Keys arrive folded to lower case when <see cref="FoldsKeys"/> says so. Dispose runs after the last call.
/// </remarks>
public interface ILookupTable : IAsyncDisposable
{
    /// <summary>Looks up one key exactly as given; searching parts of an address or host is the caller's work.</summary>
    ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>False for pattern tables (regexp, pcre, cidr, tcp, socketmap): they are asked only whole keys.</summary>
    bool AcceptsPartialKeys => true;

    /// <summary>True when the caller should fold keys to lower case first.</summary>
    bool FoldsKeys => true;

    /// <summary>How the program should remember answers; null, as for anything on this machine: not at all. Read once, after the table is made.</summary>
    TableCaching? Caching => null;

    /// <summary>Every key with its value, for administrators; null when the table can't tell. A failure on the way is a <see cref="TemporaryFailureException"/>.</summary>
    IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken) => null;
}

/// <summary>What a lookup gave. An immutable value.</summary>
public readonly record struct LookupResult
{
    private LookupResult(string? value, string? failure) => (Value, Failure) = (value, failure);

    /// <summary>The value; null unless found.</summary>
    public string? Value { get; }
    /// <summary>Why it failed for now, for the log; null unless it did.</summary>
    public string? Failure { get; }
    /// <summary>True when there is a value.</summary>
    public bool IsFound => Value is not null;
    /// <summary>True when the backend could not say.</summary>
    public bool IsFailure => Failure is not null;
    /// <summary>The key is not there.</summary>
    public static LookupResult None => default;
    /// <summary>The key's value; may be empty.</summary>
    public static LookupResult Found(string value) => new(value ?? throw new ArgumentNullException(nameof(value)), null);
    /// <summary>The backend could not say; the reason goes to the log, never to a client.</summary>
    public static LookupResult Failed(string reason) => new(null, reason ?? throw new ArgumentNullException(nameof(reason)));
}

/// <summary>Opens tables by their names while a generation is built.</summary>
public interface ILookupTables
{
    /// <summary>
    /// The table <c>type:name</c>, or the one of the <c>[tables.NAME]</c> section when there is no colon. Owned by the generation: callers never dispose it.
    /// </summary>
    /// <exception cref="ConfigurationException">There is no such type or section, or the table refuses its parameters.</exception>
    ILookupTable Open(string specification);
}
