using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The check of a whole message: of its one author's domain, or of all that it may seem to be from (RFC 7489 §6.6.1). Bounded in time.</summary>
internal sealed class MessageCheck(DmarcOptions options, PublicSuffixList? suffixes, IDnsResolver dns, TimeProvider time)
{
    private const int Hundred = 100;

    private readonly TimeSpan _limit = TimeSpan.FromSeconds(options.LookupTime);

    /// <summary>What the message came to. Where it is not plain whom it is from, the strictest policy that it fails counts, and it never passes.</summary>
    internal async ValueTask<DmarcOutcome> RunAsync(FromHeader from, AuthenticatedDomains passed, CancellationToken cancellationToken)
    {
        if (from.HasTooMany) return new DmarcOutcome(DmarcResult.PermError, from.Domains[0], "the From field names too many domains");
        // As OpenDMARC has it; a site that does not want such mail refuses it (reject_multi_value_from).
        if (from.IsList) return new DmarcOutcome(DmarcResult.PermError, from.Domains[0], from.Problem);
        using var timeout = new CancellationTokenSource(_limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        // Side by side: a stranger's slow DNS must not use up the time of the domain that is really meant.
        var outcomes = await Task.WhenAll(from.Domains.Select(domain => RunAsync(domain, passed, both.Token, cancellationToken)));
        if (from.IsSound) return outcomes[0];
        var worst = new DmarcOutcome(DmarcResult.PermError, from.Domains is [var first, ..] ? first : "", from.Problem);
        foreach (var outcome in outcomes)
        {
            if (outcome.Result == DmarcResult.Fail && (worst.Result != DmarcResult.Fail || outcome.Policy > worst.Policy)) worst = outcome;
            else if (outcome.Result == DmarcResult.TempError && worst.Result == DmarcResult.PermError) worst = outcome;
        }
        return worst;
    }

    private async Task<DmarcOutcome> RunAsync(string domain, AuthenticatedDomains passed, CancellationToken limited, CancellationToken cancellationToken)
    {
        var check = new DmarcCheck(new DmarcDiscovery(dns, suffixes, options.Walks), options.Walks ? null : () => Random.Shared.Next(Hundred));
        try
        {
            return await check.RunAsync(domain, passed, limited);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new DmarcOutcome(DmarcResult.TempError, domain, "DNS takes too long");
        }
    }
}
