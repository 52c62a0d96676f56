namespace PolicyMTA.Delivery.Client;

/// <summary>How a connection ended under a dialogue.</summary>
internal enum BrokenBecause
{
    /// <summary>The server closed it, or the network did.</summary>
    Lost,
    /// <summary>A step took too long.</summary>
    TimedOut,
    /// <summary>What came was no SMTP.</summary>
    Nonsense,
}

/// <summary>The connection can't be used any more. Caught by the attempt that used it, which turns it into outcomes.</summary>
internal sealed class ConnectionBrokenException(BrokenBecause because, Exception? inner = null) : Exception("the connection is broken", inner)
{
    public BrokenBecause Because { get; } = because;
}
