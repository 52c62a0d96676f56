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
        using var timeout = new CancellationTokenSource(_limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await RunAllAsync(from, passed, both.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new DmarcOutcome(DmarcResult.TempError, from.Domains[0], "DNS takes too long");
        }
    }

    private async ValueTask<DmarcOutcome> RunAllAsync(FromHeader from, AuthenticatedDomains passed, CancellationToken cancellationToken)
    {
        var check = new DmarcCheck(new DmarcDiscovery(dns, suffixes, options.Walks), options.Walks ? null : () => Random.Shared.Next(Hundred));
        var unclear = new DmarcOutcome(DmarcResult.PermError, from.Domains is [var first, ..] ? first : "", from.Problem);
        var worst = unclear;
        foreach (var domain in from.Domains)
        {
            var outcome = await check.RunAsync(domain, passed, cancellationToken);
            if (from.IsSound) return outcome;
            if (outcome.Result == DmarcResult.Fail && (worst.Result != DmarcResult.Fail || outcome.Policy > worst.Policy)) worst = outcome;
            else if (outcome.Result == DmarcResult.TempError && worst.Result == DmarcResult.PermError) worst = outcome;
        }
        return worst;
    }
}
