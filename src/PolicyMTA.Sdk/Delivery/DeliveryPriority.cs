namespace PolicyMTA.Sdk;

/// <summary>Whose turn comes sooner where messages wait at the same destination: four turns of one to each of the next lower.</summary>
public enum DeliveryPriority
{
    /// <summary>Somebody waits for it.</summary>
    High,
    /// <summary>As it comes.</summary>
    Normal,
    /// <summary>Bulk.</summary>
    Low,
}
