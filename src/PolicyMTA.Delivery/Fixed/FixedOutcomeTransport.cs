using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Fixed;

/// <summary><c>error:text</c>, <c>retry:text</c> and <c>discard:text</c>: the outcome is known without looking (error(8), discard(8)).</summary>
internal sealed class FixedOutcomeTransport : IBuiltInTransport
{
    private readonly DeliveryAction _action;
    private readonly EnhancedStatus _status;
    private readonly string _text;

    private FixedOutcomeTransport(DeliveryAction action, EnhancedStatus status, string text) => (_action, _status, _text) = (action, status, text);

    public static FixedOutcomeTransport Error { get; } = new(DeliveryAction.Failed, new EnhancedStatus(5, 0, 0), "mail transport unavailable");
    public static FixedOutcomeTransport Retry { get; } = new(DeliveryAction.Deferred, new EnhancedStatus(4, 0, 0), "mail transport unavailable");
    public static FixedOutcomeTransport Discard { get; } = new(DeliveryAction.Delivered, new EnhancedStatus(2, 0, 0), "mail discarded");

    public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var (status, text) = Read(request);
        var outcomes = new RecipientOutcome[request.Recipients.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = new RecipientOutcome { Recipient = request.Recipients[i].Number, Action = _action, Status = status, Text = text, IsFinal = true };
        }
        return new(outcomes);
    }

    public ValueTask<IReadOnlyList<RecipientOutcome>> ProbeAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) => DeliverAsync(request, settings, cancellationToken);

    // The next hop is the text, with or without a status before it; the router fills in the recipient's domain when there is none.
    private (EnhancedStatus Status, string Text) Read(DeliveryRequest request)
    {
        var text = request.NextHop.Trim();
        if (text.Length == 0 || text.Equals(request.Recipients[0].Address.Domain, StringComparison.OrdinalIgnoreCase)) return (_status, _text);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var word = space < 0 ? text : text[..space];
        if (!EnhancedStatus.TryParse(word, out var status)) return (_status, text);
        var rest = space < 0 ? "" : text[space..].Trim();
        return (status with { Class = _status.Class }, rest.Length > 0 ? rest : _text);
    }
}
