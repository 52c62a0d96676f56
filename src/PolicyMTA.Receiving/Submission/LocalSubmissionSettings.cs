using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Milters;

namespace PolicyMTA.Receiving.Submission;

/// <summary>What mail of this machine's users goes by. An immutable value.</summary>
public sealed record LocalSubmissionSettings
{
    /// <summary><c>myhostname</c>.</summary>
    public required string HostName { get; init; }
    /// <summary><c>content_filter</c> and <c>receive_override_options</c>, for what users submit.</summary>
    public ReceiveOptions Receive { get; init; } = ReceiveOptions.Default;
    /// <summary><c>non_smtpd_milters</c> and how they are treated.</summary>
    public MilterSettings Milters { get; init; } = MilterSettings.None;
    /// <summary><c>mail_name</c>.</summary>
    public string MailName { get; init; } = "PolicyMTA";
    /// <summary><c>message_size_limit</c> in bytes; 0: none.</summary>
    public long MessageSizeLimit { get; init; } = 10_240_000;
    /// <summary><c>hopcount_limit</c>.</summary>
    public int HopCountLimit { get; init; } = 50;
    /// <summary><c>authorized_submit_users</c>.</summary>
    public UserList AuthorizedUsers { get; init; } = UserList.Anyone;
    /// <summary><c>message_drop_headers</c>: fields that are not passed on.</summary>
    public IReadOnlyList<string> DroppedHeaders { get; init; } = ["bcc", "content-length", "resent-bcc", "return-path"];
}
