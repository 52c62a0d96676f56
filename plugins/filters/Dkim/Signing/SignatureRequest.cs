namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>A signature that is to be made.</summary>
/// <param name="Domain">d=.</param>
/// <param name="Selector">s=.</param>
/// <param name="Identity">i=; null for none.</param>
/// <param name="Key">Who signs.</param>
internal sealed record SignatureRequest(string Domain, string Selector, string? Identity, SigningKey Key);

/// <summary>How signatures are made.</summary>
internal sealed record SigningStyle
{
    internal bool IsHeaderRelaxed { get; init; } = true;

    internal bool IsBodyRelaxed { get; init; }

    /// <summary>Names of fields that are signed where they are there, each as often as it is.</summary>
    internal IReadOnlyList<string> Fields { get; init; } = Recommended;

    /// <summary>Fields that are signed once more than they are there, so that none can be added.</summary>
    internal IReadOnlyList<string> Oversigned { get; init; } = ["From"];

    /// <summary>How long a signature counts; null for ever.</summary>
    internal TimeSpan? Lifetime { get; init; }

    /// <summary>What readers see and answers go by (RFC 6376 §5.4.1), and what changes on the way is not there.</summary>
    internal static IReadOnlyList<string> Recommended { get; } =
    [
        "From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "To", "Cc", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID", "Content-Description",
        "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Date", "Resent-Message-ID", "In-Reply-To", "References",
        "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner", "List-Archive",
    ];
}
