using PolicyMTA.Configuration;
using PolicyMTA.Receiving.Messages;

namespace PolicyMTA.Composition;

/// <summary>What a way in does with its messages, in receiving's words.</summary>
internal static class ReceiveSlice
{
    /// <summary>Those of a listener, or of what this machine's users submit.</summary>
    public static ReceiveOptions Of(Parameters parameters)
    {
        var overrides = parameters.List(ReceiveKeys.Overrides);
        return new ReceiveOptions
        {
            ContentFilter = parameters.Text(ReceiveKeys.ContentFilter) is { Length: > 0 } filter ? filter : null,
            MapsAddresses = !overrides.Contains(ReceiveKeys.NoAddressMappings),
            ChecksContent = !overrides.Contains(ReceiveKeys.NoChecks),
        };
    }

    /// <summary>Whether milters follow its messages.</summary>
    public static bool HasMilters(Parameters parameters) => !parameters.List(ReceiveKeys.Overrides).Contains(ReceiveKeys.NoMilters);
}
