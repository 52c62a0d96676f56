namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>How much a maildir takes. An immutable value.</summary>
/// <param name="FileSize">The largest file in bytes; 0 for no limit.</param>
/// <param name="Quota">What all of them may be together; null: no limit.</param>
internal readonly record struct MaildirLimits(long FileSize, MaildirQuota? Quota);

/// <summary>The message would bring a maildir over its quota.</summary>
internal sealed class QuotaExceededException() : IOException("Quota exceeded (mailbox for user is full)");
