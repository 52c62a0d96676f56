namespace PolicyMTA.Delivery;

/// <summary>The texts with macros that the transport <c>local</c> is configured with.</summary>
public static class LocalTemplates
{
    /// <summary>What is wrong with one; null when nothing is.</summary>
    public static string? FindMistake(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Local.LocalMacros.FindMistake(text);
    }
}
