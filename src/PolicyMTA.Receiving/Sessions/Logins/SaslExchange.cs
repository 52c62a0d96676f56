using System.Security.Cryptography;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions.Logins;

/// <summary>
/// A conversation with an authenticator that may hang, throw or never come to an end: whatever it does, the session gets a step within its patience, and a conversation
/// has an end.
/// </summary>
internal sealed class SaslExchange(ISaslConversation conversation, TimeProvider time)
{
    // No mechanism needs more; a plugin that asks on and on is broken.
    internal const int StepLimit = 32;
    // RFC 4954 §4 lets a line have 12288 octets: base64 and what is around it.
    internal const int ChallengeLimit = (12288 - 6) / 4 * 3;

    private int _steps;

    /// <summary>The next step; what went wrong in the authenticator is a temporary failure. The response is cleared.</summary>
    internal async ValueTask<SaslStep> AdvanceAsync(byte[]? response, CancellationToken cancellationToken)
    {
        try
        {
            var call = conversation.AdvanceAsync(response is null ? (ReadOnlyMemory<byte>?)null : response, cancellationToken);
            return Bounded(await PluginCall.WithinAsync(call, time, cancellationToken));
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return new SaslStep.TemporaryFailure(Describe(failure));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(response);
        }
    }

    /// <summary>Lets the authenticator clean up; null, or what went wrong.</summary>
    internal async ValueTask<string?> EndAsync()
    {
        try
        {
            await PluginCall.WithinAsync(DisposeAsync(), time, CancellationToken.None);
            return null;
        }
        catch (Exception failure)
        {
            return Describe(failure);
        }
    }

    /// <summary>The text of an exception may hold what the plugin was given: only its kind is told.</summary>
    internal static string Describe(Exception failure) => failure is TemporaryFailureException ? failure.Message : failure.GetType().Name;

    private async ValueTask<bool> DisposeAsync()
    {
        await conversation.DisposeAsync();
        return true;
    }

    private SaslStep Bounded(SaslStep step) => step switch
    {
        SaslStep.Challenge { Text.Length: > ChallengeLimit } => new SaslStep.TemporaryFailure($"a challenge of more than {ChallengeLimit} bytes"),
        SaslStep.Challenge when ++_steps > StepLimit => new SaslStep.TemporaryFailure($"more than {StepLimit} challenges"),
        SaslStep.Success { User: "" or null } => new SaslStep.TemporaryFailure("a login without a name"),
        null => new SaslStep.TemporaryFailure("no step"),
        _ => step,
    };
}
