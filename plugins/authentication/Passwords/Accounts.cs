using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The accounts of a table.</summary>
/// <param name="Table">The stored passwords by user.</param>
/// <param name="DefaultScheme">The scheme of those that name none.</param>
/// <param name="LocalDomain"><c>smtpd_sasl_local_domain</c>: what completes a user's name that has no domain; empty for nothing.</param>
internal sealed record Accounts(ILookupTable Table, string DefaultScheme, string LocalDomain)
{
    internal string Complete(string user) => LocalDomain.Length == 0 || user.Contains('@', StringComparison.Ordinal) ? user : $"{user}@{LocalDomain.ToLowerInvariant()}";

    internal ValueTask<LookupResult> FindAsync(string user, CancellationToken cancellationToken) => Table.FindAsync(user, cancellationToken);

    /// <summary>The password itself, where it was stored as it is; else null.</summary>
    internal byte[]? FindPassword(string stored)
    {
        var (scheme, encoding, hash) = PasswordScheme.Split(stored, DefaultScheme);
        if (hash.Length == 0 || scheme.ToUpperInvariant() is not ("PLAIN" or "CLEAR" or "CLEARTEXT")) return null;
        return encoding.Length == 0 ? Encoding.UTF8.GetBytes(hash) : HashText.Decode(hash, encoding, 0);
    }
}
