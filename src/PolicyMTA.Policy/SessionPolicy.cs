using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>
/// The policies of one generation at work on one session. Belongs to the session: one call at a time. Never throws for what a rule does: a failing rule is
/// its fallback. Only cancellation passes through.
/// </summary>
public sealed class SessionPolicy : IAsyncDisposable
{
    /// <summary>What <c>session.vars</c> holds, to hand to the next generation's session.</summary>
    public SessionVars Vars => throw new NotImplementedException();

    /// <summary>After connecting. With <c>smtpd_delay_reject</c> nothing runs yet.</summary>
    public ValueTask<StageDecision> ClientAsync(ClientContext context, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>After HELO or EHLO, likewise.</summary>
    public ValueTask<StageDecision> HeloAsync(HeloContext context, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>After MAIL, likewise. Starts a transaction.</summary>
    public ValueTask<StageDecision> SenderAsync(SenderContext context, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>After RCPT: what was delayed, then relay, the core's relay check, recipient; latches resolved.</summary>
    public ValueTask<StageDecision> RecipientAsync(RecipientContext context, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>DATA or the first BDAT.</summary>
    public ValueTask<StageDecision> DataAsync(DataContext context, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The message is here.</summary>
    public ValueTask<StageDecision> EndOfDataAsync(EndOfDataContext context, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The transaction is over, well or not; the session may idle now.</summary>
    public void EndTransaction() => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
