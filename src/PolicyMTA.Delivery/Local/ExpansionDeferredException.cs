using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>An expansion can't be finished now: nothing of it happens, and the recipient waits.</summary>
internal sealed class ExpansionDeferredException(EnhancedStatus status, string text) : Exception(text)
{
    public EnhancedStatus Status { get; } = status;
}
