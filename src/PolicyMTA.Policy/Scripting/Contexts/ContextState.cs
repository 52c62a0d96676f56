using Jint.Native;
using Jint.Native.Object;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>What the lazy members of one context object read from.</summary>
internal sealed class ContextState(ClientContext context, Recipient? recipient)
{
    public ClientContext Context { get; } = context;

    /// <summary>Set before the object is made.</summary>
    public ScriptEngine Engine { get; set; } = null!;

    /// <summary>When the rule's budget ends, in ticks of the clock.</summary>
    public long Until { get; set; }

    public SenderContext? Sender => Context as SenderContext;

    public DataContext? Data => Context as DataContext;

    public LocalSubmissionContext? LocalSubmission => Context as LocalSubmissionContext;

    public EndOfDataContext? EndOfData => Context as EndOfDataContext;

    /// <summary>The recipient in question: that of <c>per_recipient</c>, of RCPT, or the only one.</summary>
    public Recipient? Recipient => recipient ?? (Context is RecipientContext c ? c.Recipient : Data?.Recipient);
}
