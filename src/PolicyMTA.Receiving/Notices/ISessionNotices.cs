namespace PolicyMTA.Receiving;

/// <summary>Takes what the postmaster is to read of sessions that went wrong. It is the outside world of the receiving side; thread-safe.</summary>
public interface ISessionNotices
{
    /// <summary>A session is over. Returns at once and never throws; under a flood of trouble notices are dropped.</summary>
    void Report(SessionNotice notice);
}
