namespace PolicyMTA.Delivery;

/// <summary>How a mailbox file is locked against others that write it (<c>mailbox_delivery_lock</c>, <c>virtual_mailbox_lock</c>). An immutable value.</summary>
public sealed record MailboxLocking
{
    /// <summary>The words it is written with.</summary>
    public static IReadOnlyList<string> Known { get; } = ["fcntl", "dotlock", "flock"];

    /// <summary>The kinds of lock, all of which are taken.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = ["fcntl", "dotlock"];
    /// <summary><c>deliver_lock_attempts</c>.</summary>
    public int Attempts { get; init; } = 20;
    /// <summary><c>deliver_lock_delay</c>: between two attempts.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary><c>stale_lock_time</c>: an older lock file was left by a crash.</summary>
    public TimeSpan StaleTime { get; init; } = TimeSpan.FromSeconds(500);

    internal bool Has(string kind) => Kinds.Contains(kind);
}
