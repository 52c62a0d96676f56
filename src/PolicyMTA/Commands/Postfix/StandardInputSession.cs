using System.Buffers;
using System.IO.Pipelines;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Commands.Postfix;

/// <summary><c>sendmail -bs</c>: SMTP on the standard input. Each message becomes a drop before its 250, whether a server runs or not; what policies say is said later.</summary>
internal sealed class StandardInputSession(SubmissionFolder folder, Stream input, TextWriter output, TimeProvider time, string hostName = "localhost")
{
    private readonly SmtpCommandParser _parser = new(new SmtpSyntax { AllowDsn = false });
    private readonly SmtpLineReader _lines = new();
    private readonly PipeReader _reader = PipeReader.Create(input);
    private readonly List<string> _recipients = [];
    private SmtpCommand.Mail? _mail;
    private bool _isGreeted;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await SayAsync(SmtpReply.Single(220, (string?)null, $"{hostName} ESMTP PolicyMTA"));
        while (await ReadLineAsync(cancellationToken) is var (line, isTooLong))
        {
            var reply = await AnswerAsync(_parser.Parse(new ReadOnlySequence<byte>(line), isTruncated: isTooLong), cancellationToken);
            await SayAsync(reply);
            if (reply.Disconnects) break;
        }
        return SystemExit.Good;
    }

    private ValueTask<SmtpReply> AnswerAsync(SmtpCommand command, CancellationToken cancellationToken) => command switch
    {
        SmtpCommand.Refused refused => new(refused.Reply),
        SmtpCommand.Helo => new(Greet(SmtpReply.Single(250, (string?)null, hostName))),
        SmtpCommand.Ehlo => new(Greet(new SmtpReply(250, null, [hostName, "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", .. folder.SizeLimit > 0 ? [$"SIZE {folder.SizeLimit}"] : Array.Empty<string>()]))),
        SmtpCommand.Mail mail => new(Begin(mail)),
        SmtpCommand.Rcpt rcpt => new(Add(rcpt)),
        SmtpCommand.Data => DataAsync(cancellationToken),
        SmtpCommand.Rset => new(Reset(SmtpReplies.Ok)),
        SmtpCommand.Noop => new(SmtpReplies.Ok),
        SmtpCommand.Quit => new(SmtpReplies.Bye),
        SmtpCommand.Help => new(SmtpReplies.Help),
        SmtpCommand.Vrfy vrfy => new(SmtpReplies.Verified(vrfy.Address)),
        SmtpCommand.Bdat => new(SmtpReplies.BdatDisabled),
        _ => new(SmtpReplies.NotRecognized),
    };

    private SmtpReply Greet(SmtpReply reply)
    {
        _isGreeted = true;
        return Reset(reply);
    }

    private SmtpReply Reset(SmtpReply reply)
    {
        _mail = null;
        _recipients.Clear();
        return reply;
    }

    private SmtpReply Begin(SmtpCommand.Mail mail)
    {
        if (!_isGreeted) return SmtpReplies.NeedHelo;
        if (_mail is not null) return SmtpReplies.NestedMail;
        if (folder.SizeLimit > 0 && mail.Parameters.Size > folder.SizeLimit) return SmtpReplies.SizeExceeded;
        _mail = mail;
        return SmtpReplies.SenderOk;
    }

    private SmtpReply Add(SmtpCommand.Rcpt rcpt)
    {
        if (_mail is null) return SmtpReplies.NeedMail;
        _recipients.Add(rcpt.Recipient.ToString());
        return SmtpReplies.RecipientOk;
    }

    private async ValueTask<SmtpReply> DataAsync(CancellationToken cancellationToken)
    {
        if (_mail is not { } mail) return SmtpReplies.NeedMail;
        if (_recipients.Count == 0) return SmtpReplies.NeedRcpt;
        await SayAsync(SmtpReplies.StartData);
        var envelope = new SubmittedEnvelope { Sender = mail.Sender.ToString(), Recipients = [.. _recipients], Body = mail.Parameters.Body, Ret = mail.Parameters.Ret, EnvelopeId = mail.Parameters.EnvelopeId };
        Reset(SmtpReplies.Ok);
        try
        {
            await using var drop = folder.Create(time);
            if (!await CopyAsync(drop, cancellationToken)) return SmtpReplies.Bye;
            if (folder.SizeLimit > 0 && drop.Length > folder.SizeLimit) return SmtpReplies.MessageTooBig;
            await drop.FinishAsync(envelope, cancellationToken);
            return SmtpReplies.Ok;
        }
        catch (Exception failure) when (failure is FatalException or IOException)
        {
            return SmtpReply.Single(451, "4.3.0", $"Error: {failure.Message}") with { Disconnects = true };
        }
    }

    /// <summary>False when the input ends before the message does. What is too large is read to its end all the same.</summary>
    private async ValueTask<bool> CopyAsync(DropWriter drop, CancellationToken cancellationToken)
    {
        // A pipe of this machine may well send line feeds alone: here they end a message, too.
        var data = new DataReader(BareNewline.Accept);
        var cleaned = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = await _reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            var isEnd = data.Read(ref buffer, cleaned);
            _reader.AdvanceTo(buffer.Start);
            if (folder.SizeLimit == 0 || drop.Length <= folder.SizeLimit) await drop.WriteAsync(cleaned.WrittenMemory, cancellationToken);
            cleaned.ResetWrittenCount();
            if (isEnd) return true;
            if (result.IsCompleted) return false;
        }
    }

    private async ValueTask<(byte[] Line, bool IsTooLong)?> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (_lines.TryReadLine(ref buffer, out var line, out var ending))
            {
                var bytes = line.ToArray();
                _reader.AdvanceTo(buffer.Start);
                return (bytes, ending == LineEnding.TooLong);
            }
            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) return null;
        }
    }

    private async Task SayAsync(SmtpReply reply)
    {
        await output.WriteAsync(reply.ToString().Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n");
        await output.FlushAsync();
    }
}
