using PolicyMTA.Receiving.Sessions.Logins;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>AUTH (RFC 4954): carries a SASL conversation. What it carries is secret: it is cleared after use and never logged.</summary>
internal sealed class LoginCommand(SessionState session, ReceivingServices services) : IAsyncDisposable
{
    // As Postfix: what a stranger calls himself takes no more room than this in a line of the log.
    private const int LoggedNameLimit = 100;

    private SaslExchange? _exchange;
    private LoginAttempt? _attempt;
    private string _mechanism = "";

    /// <summary>True while the client's next line belongs to the conversation.</summary>
    internal bool IsActive => _exchange is not null;

    internal async ValueTask<SmtpReply> BeginAsync(SmtpCommand.Auth command, CancellationToken cancellationToken)
    {
        if (session.Limits?.Auth() is { } tooMany) return tooMany;
        var mechanism = session.OfferedMechanisms().FirstOrDefault(m => m.Name.Equals(command.Mechanism, StringComparison.OrdinalIgnoreCase));
        if (mechanism is null) return SmtpReplies.AuthBadMechanism(command.Mechanism);
        byte[]? response = null;
        if (command.InitialResponse is { } initial && !SaslResponse.TryDecodeInitial(initial, out response)) return SmtpReplies.AuthBadInitialResponse;
        await session.EndNamingAsync();
        _mechanism = mechanism.Name;
        if (await AskPolicyAsync(null, LoginResult.Pending, cancellationToken) is { } unwelcome) return unwelcome;
        _attempt = services.Logins.Begin(session.Facts.Client, session.Service.Login);
        if (_attempt.FindRefusal() is { } delay) return await RefuseAsync(delay, cancellationToken);
        try
        {
            _exchange = new SaslExchange(session.Generation.Authenticator!.Start(mechanism.Name, new ClientContext(session.Facts)), services.Time);
        }
        catch (Exception failure)
        {
            return await BreakAsync(SaslExchange.Describe(failure), cancellationToken);
        }
        return await AdvanceAsync(response, cancellationToken);
    }

    /// <param name="line">Null for one that is longer than <c>smtpd_sasl_response_limit</c>.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    internal async ValueTask<SmtpReply> ContinueAsync(string? line, CancellationToken cancellationToken)
    {
        if (line is null) return await EndAsync(SmtpReplies.AuthResponseTooLong);
        if (line == "*")
        {
            SmtpSession.Log.LoginAborted(services.Log, Client, _mechanism);
            return await EndAsync(SmtpReplies.AuthAborted);
        }
        return SaslResponse.TryDecode(line, out var response)
            ? await AdvanceAsync(response, cancellationToken)
            : await EndAsync(SmtpReplies.AuthBadResponse);
    }

    public async ValueTask DisposeAsync()
    {
        _attempt?.Dispose();
        _attempt = null;
        if (_exchange is not { } exchange) return;
        _exchange = null;
        if (await exchange.EndAsync() is { } failure) SmtpSession.Log.LoginBroken(services.Log, Client, _mechanism, failure);
    }

    private string Client => session.Facts.Client.ToString();

    private async ValueTask<SmtpReply> AdvanceAsync(byte[]? response, CancellationToken cancellationToken) => await _exchange!.AdvanceAsync(response, cancellationToken) switch
    {
        SaslStep.Challenge challenge => SmtpReplies.AuthChallenge(Convert.ToBase64String(challenge.Text.Span)),
        SaslStep.Success success => await SucceedAsync(success.User, cancellationToken),
        SaslStep.Failure failure => await FailAsync(failure, cancellationToken),
        SaslStep.TemporaryFailure failure => await BreakAsync(failure.Reason, cancellationToken),
        _ => throw new InvalidOperationException("a closed union has one more case"),
    };

    private async ValueTask<SmtpReply> SucceedAsync(string user, CancellationToken cancellationToken)
    {
        await WaitAsync(_attempt!.Succeed(user), cancellationToken);
        if (await AskPolicyAsync(user, LoginResult.Succeeded, cancellationToken) is { } unwelcome) return await EndAsync(unwelcome);
        session.Facts = session.Facts with { Sasl = new Sasl(user, _mechanism) };
        return await EndAsync(SmtpReplies.AuthOk);
    }

    private async ValueTask<SmtpReply> FailAsync(SaslStep.Failure failure, CancellationToken cancellationToken)
    {
        SmtpSession.Log.LoginFailed(services.Log, Client, _mechanism, failure.Reason, Logged(failure.User));
        var late = _attempt!.Fail(failure.User);
        await WaitAsync(late > session.Service.AuthFailureDelay ? late : session.Service.AuthFailureDelay, cancellationToken);
        return await EndAsync(await AskPolicyAsync(failure.User, LoginResult.Failed, cancellationToken) ?? SmtpReplies.AuthFailed);
    }

    private async ValueTask<SmtpReply> RefuseAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        SmtpSession.Log.LoginRefused(services.Log, Client, _mechanism);
        await WaitAsync(delay, cancellationToken);
        return await EndAsync(SmtpReplies.AuthTooManyFailures);
    }

    private async ValueTask<SmtpReply> BreakAsync(string reason, CancellationToken cancellationToken)
    {
        SmtpSession.Log.LoginBroken(services.Log, Client, _mechanism, reason);
        return await EndAsync(await AskPolicyAsync(null, LoginResult.Unavailable, cancellationToken) ?? SmtpReplies.AuthUnavailable);
    }

    /// <summary>What the auth list says instead of the usual reply; null when it has nothing against it.</summary>
    private async ValueTask<SmtpReply?> AskPolicyAsync(string? user, LoginResult result, CancellationToken cancellationToken)
    {
        var refusal = await session.Policy.AuthAsync(new AuthContext(session.Facts, new LoginFacts(_mechanism, user, result)), cancellationToken);
        session.Policy.EndTransaction();
        return refusal is null ? null : Replies.Of(refusal);
    }

    private async ValueTask<SmtpReply> EndAsync(SmtpReply reply)
    {
        await DisposeAsync();
        return reply;
    }

    private async ValueTask WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay > TimeSpan.Zero) await Task.Delay(delay, services.Time, cancellationToken);
    }

    private static string Logged(string? user) => user is null ? "(unavailable)" : user.Length > LoggedNameLimit ? user[..LoggedNameLimit] : user;
}
