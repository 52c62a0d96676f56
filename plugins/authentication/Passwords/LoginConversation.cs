using System.Security.Cryptography;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>LOGIN (draft-murchison-sasl-login): the user's name, then the password. The name may come as initial response.</summary>
internal sealed class LoginConversation(IPasswordCheck checker) : ISaslConversation
{
    private static readonly ReadOnlyMemory<byte> AskName = "Username:"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> AskPassword = "Password:"u8.ToArray();

    private byte[]? _name;

    /// <inheritdoc/>
    public async ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        if (response is not { } answer) return new SaslStep.Challenge(AskName);
        if (_name is null)
        {
            _name = answer.ToArray();
            return new SaslStep.Challenge(AskPassword);
        }
        if (!UserName.TryRead(_name, out var user) || answer.Span.Contains((byte)0)) return new SaslStep.Failure(PasswordChecker.FailureReason);
        var password = answer.ToArray();
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
}
