using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>Says whether a name and a password belong together: a table of hashes, PAM, or saslauthd does.</summary>
internal interface IPasswordCheck
{
    /// <summary>Success, failure or a temporary failure. The password is cleared by the caller afterwards.</summary>
    ValueTask<SaslStep> CheckAsync(string user, byte[] password, CancellationToken cancellationToken);
}
