using System.Collections.Concurrent;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

/// <summary>A milter that does what a test says at each step, and keeps what it heard.</summary>
internal sealed class ScriptedMilter(string name = "scripted") : IMilter
{
    public string Name => name;

    /// <summary>Every call in order: <c>connect</c>, <c>helo NAME</c>, <c>mail ADDRESS</c>, <c>rcpt ADDRESS</c>, <c>data</c>, <c>message</c>, <c>sign</c>, <c>abort</c>, <c>close</c>.</summary>
    internal ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>The answer to a step, by its first word; silence is <see cref="Verdict.Dunno"/>.</summary>
    internal Dictionary<string, Func<ValueTask<Verdict>>> Answers { get; init; } = [];

    internal Func<EndOfDataContext, IMilterEdits, ValueTask<Verdict>>? AtEnd { get; init; }

    internal Action<EndOfDataContext>? AtSigning { get; init; }

    internal MilterSettings With(MilterDefaultAction action = MilterDefaultAction.Tempfail) => new() { Milters = [this], DefaultAction = action };

    public async ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken)
    {
        await AnswerAsync("connect", "");
        return new Session(this);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Verdict> AnswerAsync(string step, string detail)
    {
        Heard.Enqueue($"{step} {detail}".Trim());
        return Answers.TryGetValue(step, out var answer) ? await answer() : Verdict.Dunno;
    }

    private sealed class Session(ScriptedMilter milter) : IMilterSession
    {
        public ValueTask<Verdict> HeloAsync(HeloContext context, CancellationToken cancellationToken) => milter.AnswerAsync("helo", context.Helo!.Name);
        public ValueTask<Verdict> MailAsync(SenderContext context, CancellationToken cancellationToken) => milter.AnswerAsync("mail", context.Sender.ToString());
        public ValueTask<Verdict> RecipientAsync(RecipientContext context, CancellationToken cancellationToken) => milter.AnswerAsync("rcpt", context.Recipient.Address.ToString());
        public ValueTask<Verdict> DataAsync(DataContext context, CancellationToken cancellationToken) => milter.AnswerAsync("data", "");

        public async ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
        {
            var answer = await milter.AnswerAsync("message", "");
            return milter.AtEnd is { } act ? await act(context, edits) : answer;
        }

        public async ValueTask SignAsync(EndOfDataContext context, CancellationToken cancellationToken)
        {
            await milter.AnswerAsync("sign", "");
            milter.AtSigning?.Invoke(context);
        }

        public async ValueTask AbortAsync(CancellationToken cancellationToken) => await milter.AnswerAsync("abort", "");

        public async ValueTask DisposeAsync() => await milter.AnswerAsync("close", "");
    }
}
