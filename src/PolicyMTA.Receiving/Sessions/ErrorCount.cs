using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// Counts a session's errors and useless commands as Postfix does: beyond the soft limit each error reply waits, at the hard limit the session ends.
/// A delivered message forgives all.
/// </summary>
internal sealed class ErrorCount
{
    private int _errors;
    private int _junk;

    internal bool HasReachedLimit(SmtpServiceSettings settings) => _errors >= settings.HardErrorLimit;

    /// <summary>How long the reply has to wait.</summary>
    internal TimeSpan Count(SmtpReply reply, SmtpServiceSettings settings)
    {
        if (reply.Code < 400) return TimeSpan.Zero;
        return ++_errors > settings.SoftErrorLimit ? settings.ErrorSleepTime : TimeSpan.Zero;
    }

    internal void CountJunk(SmtpServiceSettings settings)
    {
        if (_junk++ > settings.JunkCommandLimit) _errors++; // as Postfix: the limit and one more are free
    }

    internal void Forgive() => (_errors, _junk) = (0, 0);
}
