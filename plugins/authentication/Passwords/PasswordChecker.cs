using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>
/// Compares a password with the hash a table has for the user. An unknown user costs the time of a known one.
/// </summary>
internal sealed partial class PasswordChecker(Accounts accounts, HashingGate hashing, VerifiedPasswords verified, ILogger logger) : IPasswordCheck
{
    /// <summary>What Postfix says when the server gives no reason; it must not tell a wrong password from an unknown user.</summary>
    internal const string FailureReason = "(reason unavailable)";

    // What unknown users are checked against: the last hash that was found, so that both cost the same; before that, a hash of no known password.
    private volatile string _decoy = "{SHA512-CRYPT}$6$policymtadecoy$" + new string('x', 86);

    /// <inheritdoc/>
    public async ValueTask<SaslStep> CheckAsync(string user, byte[] password, CancellationToken cancellationToken)
    {
        var name = accounts.Complete(user);
        var found = await accounts.FindAsync(name, cancellationToken);
        if (found.Failure is { } failure) return new SaslStep.TemporaryFailure(failure);
        var isKnown = found.Value is { Length: > 0 };
        var stored = isKnown ? found.Value! : _decoy;
        // Only a right password is quick: a wrong one, and an unknown user, are hashed for each time.
        if (isKnown && verified.Contains(name, stored, password)) return new SaslStep.Success(name);
        if (await hashing.RunAsync(() => (object)PasswordScheme.Verify(stored, accounts.DefaultScheme, password, name), cancellationToken) is not HashMatch match) return new SaslStep.TemporaryFailure("too many logins at once");
        if (!isKnown) return new SaslStep.Failure(FailureReason, name);
        switch (match)
        {
            case HashMatch.Yes:
                _decoy = stored;
                verified.Add(name, stored, password);
                return new SaslStep.Success(name);
            case HashMatch.Unsupported:
                return new SaslStep.TemporaryFailure($"the password of {name} has a scheme that is not supported: {PasswordScheme.NameOf(stored, accounts.DefaultScheme)}");
            case HashMatch.Malformed:
                Log.MalformedHash(logger, name, PasswordScheme.NameOf(stored, accounts.DefaultScheme));
                return new SaslStep.Failure(FailureReason, name);
            default:
                _decoy = stored;
                return new SaslStep.Failure(FailureReason, name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "the stored password of {User} is no valid {Scheme} hash")]
        internal static partial void MalformedHash(ILogger logger, string user, string scheme);
    }
}
