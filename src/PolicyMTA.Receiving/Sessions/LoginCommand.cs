using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>AUTH (RFC 4954): carries a SASL conversation. What it carries is secret: it is cleared after use and never logged.</summary>
internal sealed class LoginCommand(SessionState session, ReceivingServices services) : IAsyncDisposable
{
    private ISaslConversation? _conversation;
    private string _mechanism = "";

    /// <summary>True while the client's next line belongs to the conversation.</summary>
    internal bool IsActive => _conversation is not null;

    internal async ValueTask<SmtpReply> BeginAsync(SmtpCommand.Auth command, CancellationToken cancellationToken)
    {
        if (session.Limits?.Auth() is { } tooMany) return tooMany;
        var authenticator = session.Generation.Authenticator!;
        var mechanism = authenticator.Mechanisms.FirstOrDefault(m => m.Name.Equals(command.Mechanism, StringComparison.OrdinalIgnoreCase));
        if (mechanism is null) return SmtpReplies.AuthBadMechanism(command.Mechanism);
        byte[]? response = null;
        if (command.InitialResponse is { } initial && !TryDecode(initial, out response)) return SmtpReplies.AuthBadInitialResponse;
        await session.EndNamingAsync();
        _mechanism = mechanism.Name;
        _conversation = authenticator.Start(mechanism.Name, new ClientContext(session.Facts));
        return await AdvanceAsync(response, cancellationToken);
    }

    internal async ValueTask<SmtpReply> ContinueAsync(string line, CancellationToken cancellationToken)
    {
        if (line == "*") return await EndAsync(SmtpReplies.AuthAborted);
        return TryDecode(line, out var response)
            ? await AdvanceAsync(response, cancellationToken)
            : await EndAsync(SmtpReplies.AuthBadResponse);
    }

    public async ValueTask DisposeAsync()
    {
        if (_conversation is not { } conversation) return;
        _conversation = null;
        await conversation.DisposeAsync();
    }

    private async ValueTask<SmtpReply> AdvanceAsync(byte[]? response, CancellationToken cancellationToken)
    {
        SaslStep step;
        try
        {
            var call = _conversation!.AdvanceAsync(response is null ? (ReadOnlyMemory<byte>?)null : response, cancellationToken);
            step = await PluginCall.WithinAsync(call, services.Time, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            SmtpSession.Log.LoginBroken(services.Log, session.Facts.Client.ToString(), _mechanism, failure is TemporaryFailureException ? failure.Message : failure.GetType().Name);
            return await EndAsync(SmtpReplies.AuthUnavailable);
        }
        finally
        {
            if (response is not null) CryptographicOperations.ZeroMemory(response);
        }
        return step switch
        {
            SaslStep.Challenge challenge => SmtpReplies.AuthChallenge(Convert.ToBase64String(challenge.Text.Span)),
            SaslStep.Success success => await SucceedAsync(success.User),
            SaslStep.Failure failure => await FailAsync(failure, cancellationToken),
            SaslStep.TemporaryFailure failure => await BreakAsync(failure.Reason),
            _ => throw new InvalidOperationException("a closed union has one more case"),
        };
    }

    private ValueTask<SmtpReply> SucceedAsync(string user)
    {
        session.Facts = session.Facts with { Sasl = new Sasl(user, _mechanism) };
        return EndAsync(SmtpReplies.AuthOk);
    }

    private async ValueTask<SmtpReply> FailAsync(SaslStep.Failure failure, CancellationToken cancellationToken)
    {
        SmtpSession.Log.LoginFailed(services.Log, session.Facts.Client.ToString(), _mechanism, failure.Reason, failure.User ?? "");
        await Task.Delay(session.Service.AuthFailureDelay, services.Time, cancellationToken);
        return await EndAsync(SmtpReplies.AuthFailedFor(failure.Reason));
    }

    private ValueTask<SmtpReply> BreakAsync(string reason)
    {
        SmtpSession.Log.LoginBroken(services.Log, session.Facts.Client.ToString(), _mechanism, reason);
        return EndAsync(SmtpReplies.AuthUnavailable);
    }

    private async ValueTask<SmtpReply> EndAsync(SmtpReply reply)
    {
        await DisposeAsync();
        return reply;
    }

    private static bool TryDecode(string text, out byte[]? bytes)
    {
        bytes = null;
        if (text == "=") // RFC 4954 §4: an initial response of no bytes
        {
            bytes = [];
            return true;
        }
        var buffer = new byte[Encoding.ASCII.GetMaxByteCount(text.Length)];
        if (!Convert.TryFromBase64String(text, buffer, out var written)) return false;
        bytes = buffer[..written];
        CryptographicOperations.ZeroMemory(buffer);
        return true;
    }
}
