using PolicyMTA.Addressing;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>
/// The last step of the envelope before the queue: what policies and checks asked for (redirect, bcc, filter, hold, discard), canonical addresses, aliases, copies. Checks once more that each
/// recipient is a destination of ours or has a grant: what a map made inherits it, what a policy made needs its own.
/// </summary>
internal sealed class EnvelopeCleanup(AddressBook addresses, CleanupSettings settings, ReceiveOptions options, MailTransaction transaction, DateTimeOffset now)
{
    private static readonly RecipientParameters OfCopy = RecipientParameters.None with { Notify = Notify.Never };

    private readonly List<QueuedRecipient> _recipients = [];
    private readonly DuplicateFilter _duplicates = new(settings);
    private readonly List<Address> _copies = [];

    private AddressRewriting Rewriting => options.MapsAddresses ? addresses.Rewriting : addresses.Completing;

    private IEnumerable<AcceptedRecipient> Taken => transaction.Recipients.Where(r => r.Refusal is null);

    private bool HasGrant => Taken.Any(r => r.RelayGrant is not null);

    internal async ValueTask<CleanEnvelope> RunAsync(CancellationToken cancellationToken)
    {
        var forAll = transaction.Actions;
        if (transaction.Findings.IsDiscarded || forAll.OfType<Verdict.Discard>().Any()) return new CleanEnvelope.Recipients([]);
        transaction.Facts = transaction.Facts with { Sender = await Rewriting.RewriteAsync(transaction.Facts.Sender, AddressUse.EnvelopeSender, cancellationToken) };
        if (!transaction.Facts.Sender.IsNull) await AddCopyAsync(settings.SenderBccMaps, transaction.Facts.Sender, cancellationToken);
        foreach (var accepted in Taken)
        {
            IReadOnlyList<Verdict> actions = forAll.Count == 0 ? accepted.Actions : [.. accepted.Actions, .. forAll];
            if (await AddAsync(accepted, actions, cancellationToken) is { } problem) return problem;
        }
        foreach (var (added, parameters) in transaction.Added)
        {
            if (await AddMadeAsync(added, forAll, parameters, cancellationToken) is { } problem) return problem;
        }
        foreach (var copy in PolicyCopies())
        {
            if (await AddMadeAsync(copy, [], OfCopy, cancellationToken) is { } problem) return problem;
        }
        return await AddCopiesAsync(cancellationToken) ?? (transaction.Findings.Redirect is { } only ? RedirectedTo(only) : new CleanEnvelope.Recipients(_recipients));
    }

    private IEnumerable<Address> PolicyCopies() =>
        Taken.SelectMany(r => r.Actions).Concat(transaction.Actions).OfType<Verdict.Bcc>().Select(b => b.Recipient).Distinct();

    private ValueTask<CleanEnvelope?> AddAsync(AcceptedRecipient accepted, IReadOnlyList<Verdict> actions, CancellationToken cancellationToken)
    {
        if (actions.OfType<Verdict.Discard>().Any()) return new((CleanEnvelope?)null);
        var redirect = actions.OfType<Verdict.Redirect>().LastOrDefault();
        if (redirect is not null) return AddMadeAsync(redirect.Recipient, actions, accepted.Recipient.Parameters, cancellationToken, accepted.Recipient.Address);
        var isOurs = accepted.Recipient.Class != AddressClass.Default;
        return !isOurs && accepted.RelayGrant is null
            ? new(new CleanEnvelope.NoRelay(accepted.Recipient.Address))
            : ExpandAsync(accepted.Recipient.Address, accepted.Recipient.Address, actions, accepted.Recipient.Parameters, cancellationToken);
    }

    private async ValueTask<CleanEnvelope?> AddMadeAsync(
        Address made, IReadOnlyList<Verdict> actions, RecipientParameters parameters, CancellationToken cancellationToken, Address? original = null)
    {
        if (!HasGrant && await addresses.ClassifyAsync(made, cancellationToken) == AddressClass.Default) return new CleanEnvelope.NoRelay(made);
        return await ExpandAsync(made, original ?? made, actions, parameters, cancellationToken);
    }

    private async ValueTask<CleanEnvelope?> ExpandAsync(
        Address address, Address original, IReadOnlyList<Verdict> actions, RecipientParameters parameters, CancellationToken cancellationToken, bool isCopy = false)
    {
        var canonical = await Rewriting.RewriteAsync(address, AddressUse.EnvelopeRecipient, cancellationToken);
        var expansion = options.MapsAddresses ? await addresses.ExpandAsync(canonical, cancellationToken) : new AliasExpansion.Expanded([canonical]);
        if (expansion is AliasExpansion.TooMuch tooMuch) return new CleanEnvelope.AliasError(tooMuch.Reason);
        foreach (var target in ((AliasExpansion.Expanded)expansion).Addresses)
        {
            if (_duplicates.Add(target, original, parameters)) _recipients.Add(Queued(target, original, actions, parameters));
        }
        if (!isCopy) await AddCopyAsync(settings.RecipientBccMaps, canonical, cancellationToken);
        return null;
    }

    private async ValueTask AddCopyAsync(IReadOnlyList<ILookupTable> maps, Address address, CancellationToken cancellationToken)
    {
        if (maps.Count > 0 && options.MapsAddresses && await addresses.FindAsync(maps, address, cancellationToken) is { } copy) _copies.Add(Address.FromInternal(copy.Trim()));
    }

    // Who configured a table may write to anybody. Failures of copies are told to nobody.
    private async ValueTask<CleanEnvelope?> AddCopiesAsync(CancellationToken cancellationToken)
    {
        if (_recipients.Count > 0 && options.MapsAddresses && settings.AlwaysBcc is { } always) _copies.Add(always);
        _copies.AddRange(transaction.Findings.Copies);
        foreach (var copy in _copies)
        {
            var whole = addresses.Complete(copy);
            if (await ExpandAsync(whole, whole, [], OfCopy, cancellationToken, isCopy: true) is { } problem) return problem;
        }
        return null;
    }

    // header_checks(5): everything goes to one address instead, copies included.
    private CleanEnvelope.Recipients RedirectedTo(Address address) => new(_recipients.Count == 0 ? [] : [_recipients[0] with { Number = 0, Address = addresses.Complete(address), Original = _recipients[0].Original ?? _recipients[0].Address }]);

    private QueuedRecipient Queued(Address target, Address original, IReadOnlyList<Verdict> actions, RecipientParameters parameters)
    {
        var hold = actions.OfType<Verdict.Hold>().FirstOrDefault() ?? transaction.Findings.Hold;
        return new QueuedRecipient
        {
            Number = _recipients.Count,
            Address = target,
            Original = target == original ? null : original,
            Parameters = parameters,
            RouteOverride = actions.OfType<Verdict.Filter>().LastOrDefault()?.Destination ?? transaction.Findings.Filter ?? options.ContentFilter,
            State = hold is null ? RecipientState.Due : RecipientState.Held,
            Due = now,
            HoldName = hold?.Name,
            HoldExpires = hold?.Expire is { } span ? now + span : null,
            LastText = hold?.Reason,
        };
    }
}
