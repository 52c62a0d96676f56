using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

/// <summary>An authenticator whose one mechanism does what a test wants.</summary>
internal sealed class ScriptedAuthenticator(Func<ReadOnlyMemory<byte>?, ValueTask<SaslStep>> advance) : IAuthenticator
{
    internal Func<ValueTask> End { get; init; } = () => ValueTask.CompletedTask;

    internal bool ThrowsAtStart { get; init; }

    internal int Ended { get; private set; }

    public IReadOnlyList<SaslMechanism> Mechanisms { get; } = [new("PLAIN", IsPlaintext: true)];

    public ISaslConversation Start(string mechanism, ClientContext context) => ThrowsAtStart ? throw new InvalidOperationException("alice-pw") : new Conversation(this, advance);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Conversation(ScriptedAuthenticator owner, Func<ReadOnlyMemory<byte>?, ValueTask<SaslStep>> advance) : ISaslConversation
    {
        public ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) => advance(response);

        public ValueTask DisposeAsync()
        {
            owner.Ended++;
            return owner.End();
        }
    }
}
