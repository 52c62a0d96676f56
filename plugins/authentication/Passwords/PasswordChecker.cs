using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>
/// Compares a password with the hash a table has for the user. An unknown user costs the time of a known one.
/// </summary>
internal sealed partial class PasswordChecker(ILookupTable table, string defaultScheme, HashingGate hashing, ILogger logger)
{
    /// <summary>What Postfix says when the server gives no reason; it must not tell a wrong password from an unknown user.</summary>
    internal const string FailureReason = "(reason unavailable)";

    // What unknown users are checked against: the last hash that was found, so that both cost the same; before that, a hash of no known password.
    private volatile string _decoy = "{SHA512-CRYPT}$6$policymtadecoy$" + new string('x', 86);

    internal async ValueTask<SaslStep> CheckAsync(string user, byte[] password, CancellationToken cancellationToken)
    {
        var found = await table.FindAsync(user, cancellationToken);
        if (found.Failure is { } failure) return new SaslStep.TemporaryFailure(failure);
        var isKnown = found.Value is { Length: > 0 };
        var stored = isKnown ? found.Value! : _decoy;
        if (await hashing.RunAsync(() => (object)PasswordScheme.Verify(stored, defaultScheme, password), cancellationToken) is not HashMatch match) return new SaslStep.TemporaryFailure("too many logins at once");
        if (!isKnown) return new SaslStep.Failure(FailureReason, user);
        switch (match)
        {
            case HashMatch.Yes:
                _decoy = stored;
                return new SaslStep.Success(user);
            case HashMatch.Unsupported:
                return new SaslStep.TemporaryFailure($"the password of {user} has a scheme that is not supported: {PasswordScheme.NameOf(stored, defaultScheme)}");
            case HashMatch.Malformed:
                Log.MalformedHash(logger, user, PasswordScheme.NameOf(stored, defaultScheme));
                return new SaslStep.Failure(FailureReason, user);
            default:
                _decoy = stored;
                return new SaslStep.Failure(FailureReason, user);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "the stored password of {User} is no valid {Scheme} hash")]
        internal static partial void MalformedHash(ILogger logger, string user, string scheme);
    }
}
