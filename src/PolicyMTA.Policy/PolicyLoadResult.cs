namespace PolicyMTA.Policy;

/// <summary>What loading gave: policies, or every error at once. An immutable value.</summary>
/// <param name="Policies">Null when there is an error. The caller disposes them.</param>
/// <param name="Errors">Every mistake, by file and line.</param>
/// <param name="Warnings">What works and was hardly meant.</param>
/// <param name="Hash">Of the policies' texts, in hex.</param>
public sealed record PolicyLoadResult(StagePolicies? Policies, IReadOnlyList<PolicyError> Errors, IReadOnlyList<PolicyError> Warnings, string Hash);
