namespace PolicyMTA.Restrictions.Sender;

/// <summary>Whom a <c>reject_…sender_login_mismatch</c> looks at.</summary>
internal enum LoginMismatch
{
    /// <summary>Those who logged in may use what they own, others what nobody owns.</summary>
    Both,
    /// <summary>The same, but what nobody owns is free for all.</summary>
    Known,
    /// <summary>Only those who logged in.</summary>
    Authenticated,
    /// <summary>Only those who did not.</summary>
    Unauthenticated,
}
