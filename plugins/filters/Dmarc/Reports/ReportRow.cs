using System.Net;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>What an aggregate report tells of messages that are alike (RFC 9990 §3.1.1.8). An immutable value; nothing in it names a person.</summary>
internal sealed record ReportRow
{
    /// <summary>The client.</summary>
    public required IPAddress Source { get; init; }
    /// <summary>How many messages.</summary>
    public required long Count { get; init; }
    /// <summary>What was done with them.</summary>
    public DmarcPolicy Disposition { get; init; }
    /// <summary>True when an aligned signature verified.</summary>
    public bool IsDkimAligned { get; init; }
    /// <summary>True when SPF vouched for an aligned domain.</summary>
    public bool IsSpfAligned { get; init; }
    /// <summary>Why less was done than the policy asks for; null when not.</summary>
    public ReportOverride? Override { get; init; }
    /// <summary>The domain of the From field.</summary>
    public required string HeaderFrom { get; init; }
    /// <summary>The domain of the sender; empty for the null sender.</summary>
    public string EnvelopeFrom { get; init; } = "";
    /// <summary>The signatures, verified or not.</summary>
    public IReadOnlyList<DkimEvidence> Dkim { get; init; } = [];
    /// <summary>What SPF said.</summary>
    public required SpfEvidence Spf { get; init; }
}

/// <summary>A signature in a report.</summary>
internal sealed record DkimEvidence(string Domain, string Selector, string Result);

/// <summary>SPF in a report; its scope is <c>mfrom</c> or <c>helo</c>.</summary>
internal sealed record SpfEvidence(string Domain, string Scope, string Result);

/// <summary>Why a policy was not applied in full: <c>local_policy</c>, <c>trusted_forwarder</c>, <c>policy_test_mode</c>, <c>mailing_list</c> or <c>other</c>.</summary>
internal sealed record ReportOverride(string Type, string Comment);
