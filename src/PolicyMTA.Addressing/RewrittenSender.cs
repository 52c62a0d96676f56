using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>What an address of the sender rewriting scheme comes to. A closed set of immutable values.</summary>
internal abstract record RewrittenSender
{
    private RewrittenSender() { }

    /// <summary>It stands for another.</summary>
    internal sealed record Found(Address Address) : RewrittenSender;

    /// <summary>It is not to be believed.</summary>
    internal sealed record Refused(RewrittenSenderError Error) : RewrittenSender;
}

/// <summary>Why an address is not believed.</summary>
internal enum RewrittenSenderError
{
    /// <summary>It is not of the scheme.</summary>
    Form,
    /// <summary>None of our secrets signed it.</summary>
    Hash,
    /// <summary>It is too old.</summary>
    Timestamp,
}
