using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>CRAM-MD5 (RFC 2195): the server sends a text that it never sent before, the client signs it with its password.</summary>
internal sealed class CramMd5Conversation(Accounts accounts, string challenge) : ISaslConversation
{
    private bool _isAsked;

    /// <inheritdoc/>
    public async ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        if (!_isAsked)
        {
            _isAsked = true;
            // The server speaks first.
            return response is null ? new SaslStep.Challenge(Encoding.ASCII.GetBytes(challenge)) : new SaslStep.Failure(PasswordChecker.FailureReason);
        }
        if (response is not { } message || !TryRead(message.Span, out var name, out var digest)) return new SaslStep.Failure(PasswordChecker.FailureReason);
        var user = accounts.Complete(name);
        var found = await accounts.FindAsync(user, cancellationToken);
        if (found.Failure is { } failure) return new SaslStep.TemporaryFailure(failure);
        var key = found.Value is { Length: > 0 } stored ? FindKey(stored) : null;
        // Computed for whoever it is.
        var expected = (key ?? new CramMd5Key(RandomNumberGenerator.GetBytes(32))).Sign(Encoding.ASCII.GetBytes(challenge));
        var isRight = CryptographicOperations.FixedTimeEquals(expected, digest) & key is not null;
        return isRight ? new SaslStep.Success(user) : new SaslStep.Failure(PasswordChecker.FailureReason, user);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A name, which may have spaces in it, a space, and 32 hex digits.
    internal static bool TryRead(ReadOnlySpan<byte> message, out string user, out byte[] digest)
    {
        (user, digest) = ("", []);
        var space = message.LastIndexOf((byte)' ');
        if (space < 0 || !UserName.TryRead(message[..space], out user)) return false;
        digest = HashText.FromHex(Encoding.ASCII.GetString(message[(space + 1)..])) ?? [];
        return digest.Length == 16;
    }

    private CramMd5Key? FindKey(string stored)
    {
        if (accounts.FindPassword(stored) is { } password) return CramMd5Key.Of(password);
        var (scheme, encoding, hash) = PasswordScheme.Split(stored, accounts.DefaultScheme);
        return scheme.ToUpperInvariant() is "CRAM-MD5" or "HMAC-MD5" && CramMd5Key.TryParse(hash, encoding, out var key) ? key : null;
    }
}
