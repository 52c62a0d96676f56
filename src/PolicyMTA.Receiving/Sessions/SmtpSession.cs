using Microsoft.AspNetCore.Connections;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// One SMTP session, from the banner to the close: one flow that reads a command, asks <see cref="SessionTable"/> whether it may come now, lets its handler
/// make a reply, and lets <see cref="ClientOutput"/> say it.
/// </summary>
internal sealed partial class SmtpSession : IAsyncDisposable
{
    private static readonly TimeSpan NamingPause = TimeSpan.FromMilliseconds(5);

    private readonly ReceivingServices _services;
    private readonly SmtpConnection _connection;
    private readonly SessionState _session;
    private readonly EnvelopeCommands _envelope;
    private readonly DataCommands _data;
    private readonly LoginCommand _login;
    private readonly ClientInput _input;
    private readonly ClientOutput _output;
    private readonly CancellationToken _broken;

    internal SmtpSession(ReceivingServices services, SmtpConnection connection, SessionState session, CancellationToken broken)
    {
        _services = services;
        _connection = connection;
        _session = session;
        _envelope = new EnvelopeCommands(session, services);
        _data = new DataCommands(session, connection, services);
        _login = new LoginCommand(session, services);
        _input = new ClientInput(connection, session, services);
        _output = new ClientOutput(connection, session, services, _input, broken);
        _broken = broken;
    }

    private SmtpServiceSettings Service => _session.Service;

    /// <summary>True while it is the client's turn.</summary>
    internal bool IsWaiting => _connection.IsWaiting;

    /// <summary>Serves the client until one of both ends the session. Never throws.</summary>
    internal async Task RunAsync()
    {
        try
        {
            await ServeAsync();
        }
        catch (Exception lost) when (lost is ConnectionResetException or ConnectionAbortedException or IOException or OperationCanceledException)
        {
            Log.ConnectionLost(_services.Log, _input.LastVerb, _session.Facts.Client.ToString());
        }
        catch (Exception bug)
        {
            Log.Failed(_services.Log, bug, _session.Facts.Client.ToString(), _input.LastVerb);
            _session.Transcript?.Failed();
            await ApologizeAsync();
        }
        _session.ReportTrouble();
        Log.Disconnected(_services.Log, _session.Facts.Client, _output.Counts);
    }

    private async ValueTask ApologizeAsync()
    {
        try
        {
            await _output.SendAsync(SmtpReplies.Failure(Service.HostName));
        }
        catch (Exception lost) when (lost is ConnectionResetException or ConnectionAbortedException or IOException or InvalidOperationException)
        {
            Log.ConnectionLost(_services.Log, _input.LastVerb, _session.Facts.Client.ToString());
        }
    }

    /// <summary>Answers 421 as soon as no transaction is open. Called from another thread.</summary>
    internal void Drain() => _input.Drain();

    /// <summary>Moves to the generation in force as soon as no transaction is open. Called from another thread.</summary>
    internal void Move() => _input.Move();

    /// <summary>Ends reads and writes whose time is over. Called by the receiver's clock.</summary>
    internal void Expire(long now) => _connection.Expire(now);

    /// <summary>Ends the session at once.</summary>
    internal void Abort() => _connection.Abort();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _login.DisposeAsync();
        }
        finally
        {
            try
            {
                await _session.DisposeAsync();
            }
            finally
            {
                await _connection.DisposeAsync();
            }
        }
    }

    private async ValueTask ServeAsync()
    {
        if (_session.Listener.Proxy is not null && !await ProxyGreeting.TakeAsync(_connection, _session, _services)) return;
        _session.CountIn();
        // A handshake for a client that is sent away is work an attacker would like us to do.
        if (_session is { Denial: not null, Listener.Tls: ListenerTls.Implicit }) return;
        _session.BeginNaming();
        if (_session is { Listener.Tls: ListenerTls.Implicit, IsKnown: false } && !await StartTlsAsync()) return;
        if (!await GreetAsync()) return;
        while (await ReadCommandAsync() is { } command)
        {
            var goesOn = await AnswerAsync(command);
            _session.Trace?.Settle();
            if (!goesOn) return;
        }
    }

    private async ValueTask<bool> GreetAsync()
    {
        if (_session.Denial is { } denial) return await _output.SendAsync(denial);
        if (await GreetWait.WaitAsync(_connection, _session, _services) is { } tooEarly) return await _output.SendAsync(tooEarly);
        await _session.PauseForNamingAsync(NamingPause);
        if (IsOutOfStep()) return await _output.SendAsync(SmtpReplies.NotSynchronized);
        if (!Service.DelaysReject) await _session.EndNamingAsync();
        Log.Connected(_services.Log, _session.Facts.Client);
        return await _output.SendAsync(await AdmitAsync());
    }

    /// <summary>Asks the client list; the banner, or why there is none.</summary>
    private async ValueTask<SmtpReply> AdmitAsync()
    {
        await FindDiscardedAsync();
        await _session.ChooseMiltersAsync(_broken);
        var decision = await _session.Policy.ClientAsync(new ClientContext(_session.Facts), _broken);
        if (decision.Refusal is { } refusal) return _session.Denial = Replies.Of(refusal);
        _session.ClientActions = decision.Actions;
        return SmtpReplies.Banner(Service.Banner);
    }

    private async ValueTask FindDiscardedAsync()
    {
        if (_session.Generation.DiscardedEhloKeywordMaps.Count == 0) return;
        _session.ClientsDiscardedKeywords = await DiscardedKeywords.FindAsync(_session, _services, _broken);
        _session.RenewParser();
    }

    /// <summary>The next command; null when the session is over (what there was to say is said).</summary>
    private async ValueTask<SmtpCommand?> ReadCommandAsync()
    {
        if (_output.HasReachedErrorLimit)
        {
            await _output.SendAsync(SmtpReplies.TooManyErrors(Service.HostName));
            return null;
        }
        if (await _input.ReadCommandAsync() is { } command) return command;
        if (_input.Farewell is { } farewell) await _output.SendAsync(farewell);
        return null;
    }

    /// <summary>Handles one command and says the reply; false when the session is over.</summary>
    private async ValueTask<bool> AnswerAsync(SmtpCommand command)
    {
        var row = SessionTable.Find(command.Verb);
        if ((row.EndsPipeline || _session.Facts.Helo is { IsExtended: false }) && IsOutOfStep())
        {
            return await _output.SendAsync(SmtpReplies.NotSynchronized);
        }
        if (row.IsJunk) _output.CountJunk();
        var objection = Objection(command, row);
        // The chunk may only come after the replies to what was sent ahead of its command.
        if (command is SmtpCommand.Bdat { Size: var size } && _connection.Unread.Length < size && !await _output.FlushAsync()) return false;
        var reply = command is SmtpCommand.Bdat bdat ? await _data.ChunkAsync(bdat, objection, _broken) : objection ?? await HandleAsync(command);
        if (reply is null) return false;
        var isSent = command is SmtpCommand.Bdat { IsLast: true } ? await _output.SendVerdictsAsync(command, _data.Verdicts(reply)) : await _output.SendCountedAsync(command, reply);
        var goesOn = isSent && await FollowUpAsync(command, reply);
        // Only now: what was committed is acknowledged before anything else is done.
        if (_session.Transaction is { IsFinished: true }) await _session.EndTransactionAsync();
        return goesOn;
    }

    /// <summary>What stands against the command at this point of the dialogue; null when nothing does.</summary>
    private SmtpReply? Objection(SmtpCommand command, CommandRow row)
    {
        if (_session.Denial is not null && command is not SmtpCommand.Quit) return Replies.AccessDenied(_session.Facts.Client);
        if (Service.TlsRequired && _session.Facts.Tls is null && !row.BeforeTls) return SmtpReplies.TlsRequired;
        foreach (var (need, otherwise) in row.Requirements)
        {
            if (!Meets(need)) return _session.IsLmtp ? Replies.ForLmtp(otherwise) : otherwise;
        }
        if (command is SmtpCommand.Bdat && _session.Discards("CHUNKING")) return SmtpReplies.BdatDisabled;
        return (command as SmtpCommand.Refused)?.Reply;
    }

    private bool Meets(Requirement need) => need switch
    {
        Requirement.Helo => _session.Facts.Helo is not null || !Service.HeloRequired,
        Requirement.Transaction => _session.Transaction is not null,
        Requirement.NoTransaction => _session.Transaction is null,
        Requirement.NoChunks => _session.Transaction is not { HasChunks: true },
        Requirement.RecipientBeforeTransaction => _session.Transaction is not null,
        Requirement.Recipient => _session.Transaction is { Recipients.Count: > 0 },
        Requirement.AuthOffered => _session.OffersAuth,
        Requirement.NotLoggedIn => _session.Facts.Sasl is null,
        Requirement.VrfyEnabled => !Service.VrfyDisabled,
        _ => throw new ArgumentOutOfRangeException(nameof(need)),
    };

    /// <summary>The handler's reply; null when the client went away meanwhile.</summary>
    private async ValueTask<SmtpReply?> HandleAsync(SmtpCommand command) => command switch
    {
        SmtpCommand.Mail mail => await _envelope.MailAsync(mail, _broken),
        SmtpCommand.Rcpt rcpt => await _envelope.RcptAsync(rcpt, _broken),
        SmtpCommand.Data => await _data.BeginAsync(_broken),
        SmtpCommand.Ehlo ehlo => await GreetedAsync(ehlo.Name, isExtended: true),
        SmtpCommand.Lhlo lhlo => await GreetedAsync(lhlo.Name, isExtended: true),
        SmtpCommand.Helo helo => await GreetedAsync(helo.Name, isExtended: false),
        SmtpCommand.Rset => await ResetAsync(),
        SmtpCommand.Noop => SmtpReplies.Ok,
        SmtpCommand.Quit => SmtpReplies.Bye,
        SmtpCommand.StartTls => PrepareTls(),
        SmtpCommand.Auth auth => await _login.BeginAsync(auth, _broken),
        SmtpCommand.Vrfy vrfy => await _envelope.VrfyAsync(vrfy, _broken),
        SmtpCommand.Etrn etrn => await EtrnCommand.AnswerAsync(etrn.Domain, _session, _services, _broken),
        SmtpCommand.Help => _session.IsLmtp ? SmtpReplies.LmtpHelp : SmtpReplies.Help,
        SmtpCommand.Xclient xclient => await BecomeAsync(xclient),
        SmtpCommand.Xforward xforward => _session.Override.Xforward(xforward),
        _ => throw new InvalidOperationException($"no handler for {command.Verb}"),
    };

    /// <summary>XCLIENT: the dialogue begins again with another client, whom the client list may refuse as it may anybody.</summary>
    private async ValueTask<SmtpReply> BecomeAsync(SmtpCommand.Xclient command)
    {
        if (await _session.Override.XclientAsync(command) is { } refusal) return refusal;
        _envelope.Reset();
        _data.Reset();
        await _session.LeaveMiltersAsync();
        return await AdmitAsync();
    }

    private SmtpReply PrepareTls()
    {
        if (_session.Facts.Tls is not null) return SmtpReplies.TlsActive;
        if (!_session.OffersTls) return Replies.NotImplemented;
        if (_session.Limits?.StartTls() is { } tooMany) return tooMany;
        _connection.DropPendingInput(); // what came in plain text may not count under TLS
        return SmtpReplies.StartTls;
    }

    private ValueTask<SmtpReply> GreetedAsync(string name, bool isExtended)
    {
        _envelope.Reset();
        _data.Reset();
        return Greeting.GreetAsync(_session, name, isExtended, _services.Log, _broken);
    }

    private async ValueTask<SmtpReply> ResetAsync()
    {
        _envelope.Reset();
        _data.Reset();
        await _session.EndTransactionAsync();
        return SmtpReplies.Ok;
    }

    /// <summary>What a reply opens: the message after 354, the next SASL response after 334, the handshake after STARTTLS.</summary>
    private async ValueTask<bool> FollowUpAsync(SmtpCommand command, SmtpReply reply)
    {
        if (command is SmtpCommand.StartTls && reply.Code == 220)
        {
            await ResetAsync();
            _session.Facts = _session.Facts with { Helo = null, Sasl = null }; // RFC 3207 §4.2
            return await StartTlsAsync();
        }
        if (command is SmtpCommand.Data && reply.Code == 354)
        {
            return await _data.ReceiveAsync(_broken) is { } last && await _output.SendVerdictsAsync(command, _data.Verdicts(last));
        }
        while (_login.IsActive)
        {
            if (await _input.ReadResponseAsync() is not { } response)
            {
                if (_input.Farewell is { } farewell) await _output.SendAsync(farewell);
                return false;
            }
            if (!await _output.SendCountedAsync(command, await _login.ContinueAsync(response.Text, _broken))) return false;
        }
        return true;
    }

    private async ValueTask<bool> StartTlsAsync()
    {
        if (_session.Limits?.TryShake() == false) return false;
        if (await TlsHandshake.ShakeAsync(_connection, _session, _services) is not { } tls) return false;
        _session.Facts = _session.Facts with { Tls = tls };
        _session.RenewParser();
        return true;
    }

    /// <summary>True when the client has sent more than it may (RFC 2920 §3.1) and that is to end the session.</summary>
    private bool IsOutOfStep()
    {
        if (!_connection.HasPendingInput) return false;
        _session.Facts = _session.Facts with { HasPipelinedWithoutLeave = true };
        return Service.ForbidUnauthPipelining;
    }
}
