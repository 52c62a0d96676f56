using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>One login: the client's words go to Dovecot, and Dovecot's to the client.</summary>
internal sealed class DovecotConversation(DovecotClient client, string mechanism, string facts) : ISaslConversation
{
    // Dovecot may have been started anew since the connection was last used.
    private const int Attempts = 2;

    /// <summary>What Postfix says when the server gives no reason.</summary>
    private const string NoReason = "(reason unavailable)";

    private DovecotConnection? _connection;
    private uint _id;
    private string? _user;
    private bool _isOpen;

    /// <inheritdoc/>
    public async ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        // The server's last word has been said: the client has nothing to add.
        if (_user is not null) return response is { IsEmpty: true } ? new SaslStep.Success(_user) : new SaslStep.Failure(NoReason, _user);
        try
        {
            return Step(_connection is null ? await BeginAsync(response, cancellationToken) : await ContinueAsync(response, cancellationToken));
        }
        catch (IOException error)
        {
            _isOpen = false;
            return new SaslStep.TemporaryFailure(error.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_isOpen) return;
        _isOpen = false;
        try
        {
            await _connection!.SendAsync(AuthRequest.Cancel(_id), CancellationToken.None);
        }
        catch (IOException)
        {
            // Then Dovecot has forgotten it already.
        }
    }

    private async Task<AuthReply> BeginAsync(ReadOnlyMemory<byte>? initial, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            _connection = await client.ConnectAsync(cancellationToken);
            _id = _connection.NextId();
            if (AuthRequest.Begin(_id, mechanism, facts, initial is { } first ? first.Span : [], initial is not null) is not { } line) return TooLong;
            _isOpen = true;
            try
            {
                return await client.AskAsync(_connection, _id, line, cancellationToken);
            }
            catch (IOException) when (attempt < Attempts)
            {
                _isOpen = false;
            }
        }
    }

    private async Task<AuthReply> ContinueAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) =>
        AuthRequest.Continue(_id, response is { } text ? text.Span : []) is { } line ? await client.AskAsync(_connection!, _id, line, cancellationToken) : TooLong;

    private SaslStep Step(AuthReply reply)
    {
        if (reply is AuthReply.Continue challenge) return new SaslStep.Challenge(challenge.Challenge);
        _isOpen &= ReferenceEquals(reply, TooLong);
        switch (reply)
        {
            case AuthReply.Ok { Last.Length: > 0 } ok:
                _user = ok.User;
                return new SaslStep.Challenge(ok.Last);
            case AuthReply.Ok ok:
                return new SaslStep.Success(ok.User);
            case AuthReply.Fail { IsTemporary: true } fail:
                return new SaslStep.TemporaryFailure($"Dovecot: {fail.Reason}");
            default:
                var refused = (AuthReply.Fail)reply;
                return new SaslStep.Failure(refused.Reason ?? NoReason, refused.User);
        }
    }

    private static AuthReply.Fail TooLong { get; } = new(null, "a response that is too long for Dovecot", IsTemporary: false);
}
