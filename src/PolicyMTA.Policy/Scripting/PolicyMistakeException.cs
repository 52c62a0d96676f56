namespace PolicyMTA.Policy.Scripting;

/// <summary>The policy is wrong in a way that no fallback excuses (<c>451 4.3.5</c>).</summary>
internal sealed class PolicyMistakeException(string message) : Exception(message);
