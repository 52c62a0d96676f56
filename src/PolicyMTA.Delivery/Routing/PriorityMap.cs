using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Routing;

/// <summary>Asks <c>sender_priority_maps</c>: the whole sender first, then its domain; <c>&lt;&gt;</c> stands for the null sender.</summary>
internal static class PriorityMap
{
    /// <exception cref="TemporaryFailureException">A table could not say, or said something else than a priority.</exception>
    public static async ValueTask<DeliveryPriority> FindAsync(DeliverySettings settings, Address sender, CancellationToken cancellationToken)
    {
        if (settings.SenderPriorityMaps.Count == 0) return DeliveryPriority.Normal;
        foreach (var (key, isWhole) in new[] { (sender.IsNull ? "<>" : sender.ToString(), true), (sender.Domain, false) })
        {
            if (key.Length == 0) continue;
            foreach (var table in settings.SenderPriorityMaps)
            {
                if (!isWhole && !table.AcceptsPartialKeys) continue;
                var result = await table.FindFoldedAsync(key, cancellationToken);
                if (result.IsFailure) throw new TemporaryFailureException($"sender_priority_maps: {result.Failure}");
                if (result.IsFound) return Read(key, result.Value!);
            }
        }
        return DeliveryPriority.Normal;
    }

    private static DeliveryPriority Read(string key, string value) => value.Trim() switch
    {
        "high" => DeliveryPriority.High,
        "normal" => DeliveryPriority.Normal,
        "low" => DeliveryPriority.Low,
        _ => throw new TemporaryFailureException($"sender_priority_maps: {key}: '{value}' is not high, normal or low"),
    };
}
