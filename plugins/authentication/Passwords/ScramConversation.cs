using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677): the client proves the password without telling it, then the server proves that it knows the client.</summary>
internal sealed class ScramConversation(ScramAccounts accounts, Func<string> newNonce) : ISaslConversation
{
    private static readonly SaslStep.Failure Malformed = new(PasswordChecker.FailureReason);

    private ScramClientFirst? _first;
    private string _user = "";
    private ScramKeys? _keys;
    private bool _isReal;
    private string _serverFirst = "";
    private string _nonce = "";
    private bool _isProven;

    /// <inheritdoc/>
    public async ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        if (response is not { } message) return new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);
        if (_isProven) return message.IsEmpty ? new SaslStep.Success(_user) : Malformed;
        return _keys is null ? await BeginAsync(message, cancellationToken) : Finish(message.Span);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<SaslStep> BeginAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (!ScramClientFirst.TryParse(message.Span, out _first)) return Malformed;
        _user = accounts.Complete(_first.User);
        (_keys, _isReal, var failure) = await accounts.FindAsync(_user, cancellationToken);
        if (_keys is null) return new SaslStep.TemporaryFailure(failure);
        _nonce = _first.Nonce + newNonce();
        _serverFirst = $"r={_nonce},s={Convert.ToBase64String(_keys.Salt)},i={_keys.Iterations}";
        return new SaslStep.Challenge(Encoding.ASCII.GetBytes(_serverFirst));
    }

    private SaslStep Finish(ReadOnlySpan<byte> message)
    {
        var failure = new SaslStep.Failure(PasswordChecker.FailureReason, _user);
        if (!ScramClientFinal.TryParse(message, out var last) || last.Nonce != _nonce) return failure;
        if (!last.Binding.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(_first!.Header))) return failure;
        var exchanged = Encoding.UTF8.GetBytes($"{_first.Bare},{_serverFirst},{last.WithoutProof}");
        // Computed for whoever it is; nobody may act for somebody else.
        if (!(IsProof(last.Proof, exchanged) & _isReal) || _first.Identity.Length > 0 && accounts.Complete(_first.Identity) != _user) return failure;
        _isProven = true;
        return new SaslStep.Challenge(Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(accounts.Family.Hmac(_keys!.ServerKey, exchanged))));
    }

    /// <summary>RFC 5802 §3: the proof gives ClientKey, whose hash is StoredKey.</summary>
    private bool IsProof(byte[] proof, byte[] exchanged)
    {
        var clientKey = accounts.Family.Hmac(_keys!.StoredKey, exchanged);
        if (proof.Length != clientKey.Length) return false;
        for (var i = 0; i < clientKey.Length; i++) clientKey[i] ^= proof[i];
        var isProof = CryptographicOperations.FixedTimeEquals(accounts.Family.Digest(clientKey), _keys.StoredKey);
        CryptographicOperations.ZeroMemory(clientKey);
        return isProof;
    }
}
