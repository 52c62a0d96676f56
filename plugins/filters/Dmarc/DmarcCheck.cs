using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The check of one author's domain (RFC 9989 §5.3). Never throws for what DNS says.</summary>
/// <param name="discovery">How records are found.</param>
/// <param name="roll">0 to 99, for the share of <c>pct</c>; null where RFC 9989 is followed, which has no such tag.</param>
internal sealed class DmarcCheck(DmarcDiscovery discovery, Func<int>? roll)
{
    /// <summary>Checks a domain, given what passed.</summary>
    internal async ValueTask<DmarcOutcome> RunAsync(string author, AuthenticatedDomains passed, CancellationToken cancellationToken)
    {
        try
        {
            if (await discovery.FindPolicyAsync(author, cancellationToken) is not { Record.IsUsable: true } published) return new DmarcOutcome(DmarcResult.None, author);
            return await JudgeAsync(published, author, passed, cancellationToken);
        }
        catch (TemporaryFailureException e)
        {
            return new DmarcOutcome(DmarcResult.TempError, author, e.Message);
        }
    }

    private async ValueTask<DmarcOutcome> JudgeAsync(PublishedPolicy published, string author, AuthenticatedDomains passed, CancellationToken cancellationToken)
    {
        var record = published.Record;
        var dkim = await AlignedAsync(author, passed.Dkim, record.IsDkimStrict, cancellationToken);
        var spf = await AlignedAsync(author, passed.Spf, record.IsSpfStrict, cancellationToken);
        var hasPassed = dkim.Domain is not null || spf.Domain is not null;
        // Nobody asks DNS about a policy that will not be applied.
        var requested = hasPassed ? Stated(published, author, exists: true) : await RequestedAsync(published, author, cancellationToken);
        var outcome = new DmarcOutcome(DmarcResult.Pass, author) { Published = published, Requested = requested, Policy = Applied(record, requested), Dkim = dkim.Domain, Spf = spf.Domain };
        if (hasPassed) return outcome;
        // Nothing passed; but what could have passed was not to be asked about.
        var undecided = await AlignedAsync(author, passed.Undecided, isStrict: false, cancellationToken);
        if (undecided.Domain is not null) return outcome with { Result = DmarcResult.TempError, Reason = $"{undecided.Domain} could not be verified now" };
        if ((dkim.Failure ?? spf.Failure ?? undecided.Failure) is { } failure) return outcome with { Result = DmarcResult.TempError, Reason = failure };
        return outcome with { Result = DmarcResult.Fail, Reason = $"no identifier of {author} passed" };
    }

    private async ValueTask<DmarcPolicy> RequestedAsync(PublishedPolicy published, string author, CancellationToken cancellationToken)
    {
        var isSame = published.Domain == author || published.Record.NonexistentPolicy == published.Record.SubdomainPolicy;
        return Stated(published, author, isSame || await discovery.ExistsAsync(author, cancellationToken));
    }

    // §4.10.1: p is for the domain that published it, sp and np for what is below.
    private static DmarcPolicy Stated(PublishedPolicy published, string author, bool exists) =>
        published.Domain == author ? published.Record.Policy : exists ? published.Record.SubdomainPolicy : published.Record.NonexistentPolicy;

    private DmarcPolicy Applied(DmarcRecord record, DmarcPolicy requested)
    {
        // RFC 9989 §A.6: the test mode took the place of pct=0.
        if (roll is null) return record.IsTest || record.Percent == 0 ? requested.Milder() : requested;
        return roll() >= record.Percent ? requested.Milder() : requested;
    }

    /// <summary>
    /// The first domain that is aligned with the author's (§4.4). A name outside the author's organization is not asked about: it can't be aligned, and its owner's DNS must not decide
    /// whether a stranger's mail fails. One that DNS can't tell about is remembered, because another may still be aligned.
    /// </summary>
    private async ValueTask<(string? Domain, string? Failure)> AlignedAsync(string author, IReadOnlyList<string> domains, bool isStrict, CancellationToken cancellationToken)
    {
        if (domains.Contains(author)) return (author, null);
        if (isStrict) return (null, null);
        string? failure = null;
        foreach (var domain in domains.Where(domain => DomainName.Last(domain, 1) == DomainName.Last(author, 1)))
        {
            try
            {
                var organization = await discovery.FindOrganizationAsync(author, cancellationToken);
                if (!DomainName.IsIn(domain, organization)) continue;
                if (await discovery.FindOrganizationAsync(domain, cancellationToken) == organization) return (domain, null);
            }
            catch (TemporaryFailureException e)
            {
                failure ??= e.Message;
            }
        }
        return (null, failure);
    }
}
