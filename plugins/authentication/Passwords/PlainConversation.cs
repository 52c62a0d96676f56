using System.Security.Cryptography;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>PLAIN (RFC 4616): one response, <c>authzid NUL authcid NUL passwd</c>.</summary>
internal sealed class PlainConversation(IPasswordCheck checker) : ISaslConversation
{
    /// <inheritdoc/>
    public async ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        if (response is not { } message) return new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);
        if (!TryRead(message.Span, out var user, out var password)) return new SaslStep.Failure(PasswordChecker.FailureReason);
        try
        {
            return await checker.CheckAsync(user, password, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool TryRead(ReadOnlySpan<byte> message, out string user, out byte[] password)
    {
        (user, password) = ("", []);
        var first = message.IndexOf((byte)0);
        if (first < 0) return false;
        var rest = message[(first + 1)..];
        var second = rest.IndexOf((byte)0);
        if (second < 0 || rest[(second + 1)..].Contains((byte)0)) return false;
        if (!UserName.TryRead(rest[..second], out user)) return false;
        // Nobody may act for somebody else.
        if (first > 0 && !(UserName.TryRead(message[..first], out var identity) && identity == user)) return false;
        password = rest[(second + 1)..].ToArray();
        return true;
    }
}
