using System.Buffers;
using System.Text;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// What the client sends, as commands and SASL responses. Waiting for the client is also where a session learns that the server stops or that a new generation
/// is in force, since only then no transaction can be disturbed.
/// </summary>
internal sealed class ClientInput(SmtpConnection connection, SessionState session, ReceivingServices services)
{
    private readonly SmtpLineReader _commands = new(session.Service.LineLengthLimit);
    private readonly SmtpLineReader _responses = new(session.Service.Login.ResponseLimit);
    private volatile bool _isDraining;
    private volatile bool _isMoving;

    /// <summary>What the client sent last, for the log.</summary>
    internal string LastVerb { get; private set; } = "CONNECT";

    /// <summary>What there is to say when there is no more input; null when the client went away.</summary>
    internal SmtpReply? Farewell { get; private set; }

    /// <summary>Ends the input as soon as no transaction is open. Called from another thread.</summary>
    internal void Drain()
    {
        _isDraining = true;
        connection.Interrupt();
    }

    /// <summary>Moves the session to the generation in force as soon as no transaction is open. Called from another thread.</summary>
    internal void Move()
    {
        _isMoving = true;
        connection.Interrupt();
    }

    /// <summary>The next command; null when there will be none: <see cref="Farewell"/> says why.</summary>
    internal async ValueTask<SmtpCommand?> ReadCommandAsync()
    {
        connection.BeginRequest(session.Service);
        while (true)
        {
            var unread = connection.Unread;
            if (_commands.TryReadLine(ref unread, out var line, out var ending))
            {
                var command = Parse(line, ending);
                connection.Consume(unread.Start);
                LastVerb = command.Verb.ToUpperInvariant();
                return command;
            }
            connection.Consume(unread.Start);
            if (IsNoise(unread)) return new SmtpCommand.Refused("unknown", SmtpReplies.NotSmtp);
            if (!await WaitAsync(mayMove: true)) return null;
        }
    }

    /// <summary>The next line of a SASL conversation, without a text when it is too long; null as for commands. A login stays with the authenticator it began with.</summary>
    internal async ValueTask<ResponseLine?> ReadResponseAsync()
    {
        connection.BeginRequest(session.Service);
        while (true)
        {
            var unread = connection.Unread;
            if (_responses.TryReadLine(ref unread, out var line, out var ending))
            {
                var response = new ResponseLine(ending == LineEnding.TooLong ? null : Encoding.Latin1.GetString(line));
                connection.Consume(unread.Start);
                return response;
            }
            connection.Consume(unread.Start);
            if (!await WaitAsync(mayMove: false)) return null;
        }
    }

    /// <summary>A command that begins like this never ends: a TLS record, another binary protocol.</summary>
    private static bool IsNoise(in ReadOnlySequence<byte> begun) => begun.FirstSpan is [< (byte)' ' and not ((byte)'\r' or (byte)'\t'), ..];

    private SmtpCommand Parse(in ReadOnlySequence<byte> line, LineEnding ending)
    {
        if (ending == LineEnding.BareLf && session.BareNewline == BareNewline.Reject)
        {
            return new SmtpCommand.Refused("unknown", SmtpReplies.BareNewline(session.Service.HostName, session.Service.BareNewlineRejectCode));
        }
        session.Transcript?.Heard(line);
        var isUtf8 = session.Transaction is { Facts.Mail.SmtpUtf8: true };
        return session.Parser.Parse(line, isUtf8, ending == LineEnding.TooLong);
    }

    /// <summary>Waits for more input; false when there will be none.</summary>
    private async ValueTask<bool> WaitAsync(bool mayMove)
    {
        if (session.Transaction is null)
        {
            if (_isDraining) return End(SmtpReplies.ShuttingDown(session.Service.HostName));
            if (_isMoving && mayMove)
            {
                _isMoving = false;
                await session.MoveAsync(atOnce: true);
            }
        }
        switch (await connection.ReadMoreAsync(session.Service.Timeout))
        {
            case ReadOutcome.Closed:
                if (LastVerb != "QUIT") SmtpSession.Log.ConnectionLost(services.Log, LastVerb, session.Facts.Client.ToString());
                return End(null);
            case ReadOutcome.TimedOut:
                SmtpSession.Log.TimedOut(services.Log, LastVerb, session.Facts.Client.ToString());
                return End(SmtpReplies.Timeout(session.Service.HostName));
            default:
                return true;
        }
    }

    private bool End(SmtpReply? farewell)
    {
        Farewell = farewell;
        return false;
    }

    /// <summary>A secret: it is no record, so that nothing prints it.</summary>
    internal sealed class ResponseLine(string? text)
    {
        internal string? Text { get; } = text;
    }
}
