using System.IO.Pipelines;
using System.Buffers;
using PolicyMTA.Receiving.Submission;

namespace PolicyMTA.Commands.Postfix;

/// <summary>Hands messages in. What can't be is a <see cref="FatalException"/> with a code of sysexits.h, and nothing was sent.</summary>
internal sealed class SubmissionFolder(string folder, long sizeLimit)
{
    /// <summary><c>message_size_limit</c>; 0: none.</summary>
    public long SizeLimit => sizeLimit;

    /// <summary>Begins a drop.</summary>
    public DropWriter Create(TimeProvider time)
    {
        try
        {
            return DropWriter.Create(folder, time);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Explain(failure);
        }
    }

    public static SubmissionFolder Of(Site site)
    {
        var user = SystemUsers.Current;
        if (site.Configuration is { LocalSubmission.IsEnabled: false }) throw new FatalException(SystemExit.Unavailable, "local submission is switched off ([local_submission] enabled)");
        if (!site.Allows("authorized_submit_users")) throw new FatalException(SystemExit.NoPermission, $"User {user.Name}({user.Id}) is not allowed to submit mail");
        return new SubmissionFolder(site.Maildrop, site.MessageSizeLimit);
    }

    public async Task SendAsync(SubmissionRequest request, Stream input, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await using var drop = Create(time);
            var fields = request.ReadsRecipients ? new RecipientFields() : null;
            await CopyAsync(input, drop, request.EndsAtDot, fields, cancellationToken);
            IReadOnlyList<string> recipients = [.. request.Recipients.SelectMany(AddressList.Read), .. fields?.Recipients ?? []];
            var user = SystemUsers.Current;
            if (recipients.Count == 0) throw new FatalException(SystemExit.Usage, $"{user.Name}({user.Id}): No recipient addresses found in message header");
            await drop.FinishAsync(Envelope(request, recipients), cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Explain(failure);
        }
    }

    private FatalException Explain(Exception failure) => failure switch
    {
        UnauthorizedAccessException => new FatalException(SystemExit.NoPermission, $"{folder}: this user may not submit mail; the folder's mode says who may ([local_submission] mode)", failure),
        DirectoryNotFoundException => new FatalException(SystemExit.Unavailable, $"{folder}: there is no such folder; the server makes it when it starts", failure),
        _ => new FatalException(SystemExit.TemporaryFailure, $"{folder}: {failure.Message}", failure),
    };

    private static SubmittedEnvelope Envelope(SubmissionRequest request, IReadOnlyList<string> recipients) => new()
    {
        Sender = request.Sender, Recipients = [.. recipients.Distinct(StringComparer.Ordinal)], FullName = request.FullName, Notify = request.Notify, Ret = request.Ret, EnvelopeId = request.EnvelopeId, Body = request.Body, IsVerification = request.IsVerification,
    };

    private async Task CopyAsync(Stream input, DropWriter drop, bool endsAtDot, RecipientFields? fields, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var isFirst = true;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (TryReadLine(ref buffer, result.IsCompleted, out var line))
            {
                var bytes = line.ToArray();
                if (endsAtDot && bytes is [(byte)'.', (byte)'\n'] or [(byte)'.', (byte)'\r', (byte)'\n'] or [(byte)'.'])
                {
                    await reader.CompleteAsync();
                    return;
                }
                // What cut a message out of an mbox file may have left its first line.
                if (isFirst && IsMailboxLine(bytes)) continue;
                isFirst = false;
                fields?.Read(bytes);
                await drop.WriteAsync(bytes, cancellationToken);
                if (sizeLimit > 0 && drop.Length > sizeLimit) throw new FatalException(SystemExit.Unavailable, $"the message is larger than message_size_limit ({sizeLimit} bytes)");
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) return;
        }
    }

    /// <summary>A line with its end; a piece of one that is longer than any buffer should be.</summary>
    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        const int LongestKept = 1 << 20;
        var end = buffer.PositionOf((byte)'\n');
        line = end is { } at ? buffer.Slice(0, buffer.GetPosition(1, at)) : (isLast && buffer.Length > 0) || buffer.Length >= LongestKept ? buffer : default;
        buffer = buffer.Slice(line.Length);
        return line.Length > 0;
    }

    private static bool IsMailboxLine(ReadOnlySpan<byte> line) => line.TrimStart((byte)'>').StartsWith("From "u8);
}
