namespace PolicyMTA.Policy;

/// <summary>Makes policies of their texts: parsed and evaluated once, each list resolved.</summary>
public static class PolicyLoader
{
    /// <summary>Loads a set of policies. Never throws for what they say.</summary>
    public static PolicyLoadResult Load(PolicySource source, PolicyLoadOptions options) => throw new NotImplementedException();
}
