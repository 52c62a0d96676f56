using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords.Pam;

/// <summary>Asks the machine's PAM, as <c>login</c> does.</summary>
/// <param name="threads">Where it runs.</param>
/// <param name="service">The file of <c>/etc/pam.d</c> that lists the modules.</param>
/// <param name="folder">Another folder than that; null for none.</param>
/// <param name="host">The client's address, for modules that look at it.</param>
internal sealed class PamCheck(PamThreads threads, string service, string? folder, string host) : IPasswordCheck
{
    // What says nothing of name and password (pam(3)): modules, service or machine are broken, or a server behind them is away.
    private static readonly int[] Temporary = [1, 2, 3, 4, 5, 9, 19, 26, 28];

    /// <inheritdoc/>
    public async ValueTask<SaslStep> CheckAsync(string user, byte[] password, CancellationToken cancellationToken)
    {
        // The caller clears its own when it gives up, and a module may still be reading then.
        var copy = password.ToArray();
        if (threads.Run(() => Run(user, copy)) is not { } running) return new SaslStep.TemporaryFailure("too many logins at once");
        var (status, text) = await running.WaitAsync(cancellationToken);
        if (status == PamLibrary.Success) return new SaslStep.Success(user);
        return Temporary.Contains(status) ? new SaslStep.TemporaryFailure($"PAM: {text}") : new SaslStep.Failure(PasswordChecker.FailureReason, user);
    }

    private (int Status, string Text) Run(string user, byte[] password)
    {
        try
        {
            return PamLogin.Run(service, folder, user, host, password);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(password);
        }
    }
}
