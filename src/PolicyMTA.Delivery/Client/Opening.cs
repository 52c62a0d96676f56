namespace PolicyMTA.Delivery.Client;

/// <summary>How opening a session went. A closed set.</summary>
internal abstract record Opening
{
    private Opening() { }

    /// <summary>The server has greeted and said what it can do.</summary>
    public sealed record Opened(ClientConnection Connection) : Opening;

    /// <summary>No session.</summary>
    /// <param name="Why">The outcome for everyone who waits for it.</param>
    /// <param name="HasTalked">True when the server had been reached.</param>
    public sealed record Failed(Failure Why, bool HasTalked) : Opening;
}
