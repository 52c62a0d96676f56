using System.Buffers;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>A message that the server wrote. Whoever wrote it hears of a refusal at once, so it is not returned.</summary>
internal sealed class WrittenMail(ServerMail mail) : ILocalMail
{
    public SubmittedEnvelope Envelope { get; } = new() { Sender = mail.Sender.ToString(), Recipients = [.. mail.Recipients.Select(recipient => recipient.ToString())] };

    public LocalUser User { get; } = SystemUsers.Current;

    public bool IsOfUser => false;

    public TimeSpan Grace => TimeSpan.Zero;

    public bool IsReturned => false;

    public async ValueTask CopyToAsync(MessageReception reception, CancellationToken cancellationToken)
    {
        await reception.TakeChunkAsync(new ReadOnlySequence<byte>(mail.Content));
        await reception.FinishAsync();
    }
}
