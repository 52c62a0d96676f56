using PolicyMTA.Addressing;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>What the recipients of a transaction became. A closed set of immutable values.</summary>
internal abstract record CleanEnvelope
{
    private CleanEnvelope() { }

    /// <summary>Whom the queue shall deliver to; empty when everything was discarded.</summary>
    internal sealed record Recipients(IReadOnlyList<QueuedRecipient> Items) : CleanEnvelope;

    /// <summary>A loop of aliases, or too many: 451 4.6.0.</summary>
    internal sealed record AliasError(string Reason) : CleanEnvelope;

    /// <summary>A rule made a recipient that nobody may relay to.</summary>
    internal sealed record NoRelay(Address Address) : CleanEnvelope;
}

/// <summary>
/// The last step of the envelope before the queue: what policies asked for (redirect, bcc, filter, hold, discard), then aliases. Checks once more that each
/// recipient is a destination of ours or has a grant: what an alias or a map made inherits it, what a policy made needs its own.
/// </summary>
internal sealed class EnvelopeCleanup(AddressBook addresses, MailTransaction transaction, DateTimeOffset now)
{
    private readonly List<QueuedRecipient> _recipients = [];
    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);

    private IEnumerable<AcceptedRecipient> Taken => transaction.Recipients.Where(r => r.Refusal is null);

    private bool HasGrant => Taken.Any(r => r.RelayGrant is not null);

    internal async ValueTask<CleanEnvelope> RunAsync(CancellationToken cancellationToken)
    {
        var forAll = transaction.Actions;
        if (forAll.OfType<Verdict.Discard>().Any()) return new CleanEnvelope.Recipients([]);
        foreach (var accepted in Taken)
        {
            IReadOnlyList<Verdict> actions = forAll.Count == 0 ? accepted.Actions : [.. accepted.Actions, .. forAll];
            if (await AddAsync(accepted, actions, cancellationToken) is { } problem) return problem;
        }
        foreach (var copy in Copies())
        {
            if (await AddMadeAsync(copy, [], RecipientParameters.None with { Notify = Notify.Never }, cancellationToken) is { } problem) return problem;
        }
        return new CleanEnvelope.Recipients(_recipients);
    }

    private IEnumerable<Address> Copies() =>
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
        Address address, Address original, IReadOnlyList<Verdict> actions, RecipientParameters parameters, CancellationToken cancellationToken)
    {
        var expansion = await addresses.ExpandAsync(address, cancellationToken);
        if (expansion is AliasExpansion.TooMuch tooMuch) return new CleanEnvelope.AliasError(tooMuch.Reason);
        foreach (var target in ((AliasExpansion.Expanded)expansion).Addresses)
        {
            if (_seen.Add(target.ToString())) _recipients.Add(Queued(target, original, actions, parameters));
        }
        return null;
    }

    private QueuedRecipient Queued(Address target, Address original, IReadOnlyList<Verdict> actions, RecipientParameters parameters)
    {
        var hold = actions.OfType<Verdict.Hold>().FirstOrDefault();
        return new QueuedRecipient
        {
            Number = _recipients.Count,
            Address = target,
            Original = target == original ? null : original,
            Parameters = parameters,
            RouteOverride = actions.OfType<Verdict.Filter>().LastOrDefault()?.Destination,
            State = hold is null ? RecipientState.Due : RecipientState.Held,
            Due = now,
            HoldName = hold?.Name,
            HoldExpires = hold?.Expire is { } span ? now + span : null,
            LastText = hold?.Reason,
        };
    }
}
