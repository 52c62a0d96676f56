namespace PolicyMTA.Policy.Scripting;

/// <summary>A function used up what it may. JavaScript can't catch it.</summary>
internal sealed class RuleBudgetException(string message) : Exception(message);
