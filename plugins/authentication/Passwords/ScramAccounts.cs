using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>What SCRAM needs of a user. Whoever has no such keys, or does not exist, gets keys that look the same each time and that nobody has a password for.</summary>
/// <param name="accounts">The stored passwords.</param>
/// <param name="family">The mechanism.</param>
/// <param name="hashing">Where keys are derived.</param>
/// <param name="secret">What made-up salts are made from; the same after a restart, or else the salts would tell who is real.</param>
/// <param name="logger">Where the operator is told of hashes that SCRAM can do nothing with.</param>
internal sealed partial class ScramAccounts(Accounts accounts, ScramHash family, HashingGate hashing, byte[] secret, ILogger logger)
{
    // What doveadm makes.
    private const int UsualIterations = 4096;
    private const int SaltSize = 16;

    // Those of the last stored keys, so that users without any look like them.
    private volatile int _iterations = UsualIterations;

    internal ScramHash Family => family;

    internal string Complete(string user) => accounts.Complete(user);

    /// <summary>The user's keys, and whether they are real; a text tells why nobody can say.</summary>
    internal async ValueTask<(ScramKeys? Keys, bool IsReal, string Failure)> FindAsync(string user, CancellationToken cancellationToken)
    {
        var found = await accounts.FindAsync(user, cancellationToken);
        if (found.Failure is { } failure) return (null, false, failure);
        var (scheme, _, hash) = PasswordScheme.Split(found.Value ?? "", accounts.DefaultScheme);
        ScramKeys? stored = null;
        var password = found.Value is { Length: > 0 } && accounts.FindPassword(found.Value) is { } text ? SaslPrep.Prepare(text) : null;
        if (scheme.Equals(family.Mechanism, StringComparison.OrdinalIgnoreCase) && found.Value is { Length: > 0 } && ScramKeys.TryParse(hash, out stored)) _iterations = stored.Iterations;
        else if (found.Value is { Length: > 0 } && password is null) Log.Unusable(logger, user, PasswordScheme.NameOf(found.Value, accounts.DefaultScheme), family.Mechanism);
        // Derived for everybody, needed or not: the time must not tell who exists.
        var salt = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(user))[..SaltSize];
        var secretText = password ?? RandomNumberGenerator.GetBytes(SaltSize);
        var iterations = _iterations;
        var derived = await hashing.RunAsync(() => ScramKeys.Derive(secretText, salt, iterations, family), cancellationToken);
        if (derived is null) return (null, false, "too many logins at once");
        return (stored ?? derived, stored is not null || password is not null, "");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "the stored password of {User} has the scheme {Scheme}, which can't be used with {Mechanism}")]
        internal static partial void Unusable(ILogger logger, string user, string scheme, string mechanism);
    }
}
