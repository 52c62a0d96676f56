using PolicyMTA.Addressing;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Reports;

/// <summary>Who sends a report and who gets it. An immutable value.</summary>
/// <param name="Sender">The reverse-path: null for the sender's, so that nothing answers it; <c>double_bounce_sender</c> for the postmaster's.</param>
/// <param name="Shown">Whom the To field names.</param>
/// <param name="Recipients">What that expands to: a sender may be an alias of ours, and postmaster mostly is.</param>
internal sealed record ReportAddresses(Address Sender, Address Shown, IReadOnlyList<Address> Recipients)
{
    public static async ValueTask<ReportAddresses> FindAsync(ReportRequest request, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        if (request.Reader == ReportReader.Sender) return await ExpandAsync(Address.Null, request.Message.Sender, generation, cancellationToken);
        var settings = generation.Settings;
        return await ToPostmasterAsync(
            request.Message.Sender.IsNull ? settings.DoubleBounceNoticeRecipient : request.Kind == ReportKind.Delay ? settings.DelayNoticeRecipient : settings.BounceNoticeRecipient, generation, cancellationToken);
    }

    /// <summary>The same for anything that a postmaster is to read.</summary>
    public static ValueTask<ReportAddresses> ToPostmasterAsync(string recipient, DeliveryGeneration generation, CancellationToken cancellationToken) =>
        ExpandAsync(Whole(generation.Settings.DoubleBounceSender, generation), Whole(recipient, generation), generation, cancellationToken);

    private static Address Whole(string text, DeliveryGeneration generation) => generation.Addresses.Complete(Address.FromInternal(text));

    private static async ValueTask<ReportAddresses> ExpandAsync(Address sender, Address shown, DeliveryGeneration generation, CancellationToken cancellationToken) =>
        // What can't be expanded is delivered as it stands, and fails there if it must.
        new(sender, shown, await generation.Addresses.ExpandAsync(shown, cancellationToken) is AliasExpansion.Expanded { Addresses: { Count: > 0 } addresses } ? addresses : [shown]);
}
