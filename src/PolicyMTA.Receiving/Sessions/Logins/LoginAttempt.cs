namespace PolicyMTA.Receiving.Sessions.Logins;

/// <summary>One AUTH command as <see cref="LoginThrottle"/> sees it; free for trusted networks. The session's alone.</summary>
internal sealed class LoginAttempt(LoginThrottle throttle, string? network, LoginSettings settings) : IDisposable
{
    private bool _hasEnded;

    /// <summary>How long to wait before it is refused; null when it may be made.</summary>
    internal TimeSpan? FindRefusal() => network is null ? null : throttle.FindRefusal(network, settings);

    /// <summary>How late the failure is to be answered.</summary>
    internal TimeSpan Fail(string? user) => network is null ? TimeSpan.Zero : throttle.Fail(network, user, settings);

    /// <summary>How late the success is to be answered.</summary>
    internal TimeSpan Succeed(string user) => network is null ? TimeSpan.Zero : throttle.Succeed(network, user, settings);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (network is not null && !_hasEnded) throttle.End(network);
        _hasEnded = true;
    }
}
