namespace PolicyMTA.Filters.Scanning;

/// <summary>What one scanner may cost. An immutable value.</summary>
/// <param name="ConnectTimeout">For the connection.</param>
/// <param name="Timeout">For a message, from the wait for a turn to the last byte of the answer.</param>
/// <param name="Connections">Messages scanned at once; others wait for their turn.</param>
internal sealed record ScanLimits(TimeSpan ConnectTimeout, TimeSpan Timeout, int Connections)
{
    private const int LongestSeconds = 3600;
    private const int MostConnections = 1000;

    internal static ScanLimits Of(int connectTimeout, int timeout, int connections) => new(TimeSpan.FromSeconds(connectTimeout), TimeSpan.FromSeconds(timeout), connections);

    /// <summary>What is wrong with the options every scanner has.</summary>
    internal static IEnumerable<string> Mistakes(string server, int connectTimeout, int timeout, int connections, int maxSize)
    {
        if (!ScannerPlace.TryParse(server, out _)) yield return $"server is {ScannerPlace.Forms}, not '{server}'";
        if (connectTimeout is < 1 or > LongestSeconds) yield return $"connect_timeout is 1 to {LongestSeconds} seconds";
        if (timeout is < 1 or > LongestSeconds) yield return $"timeout is 1 to {LongestSeconds} seconds";
        if (connections is < 1 or > MostConnections) yield return $"connections is 1 to {MostConnections}";
        if (maxSize < 1) yield return "max_size is at least 1 byte";
    }
}
