using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Spf;

/// <summary>The function check_host() (RFC 7208 §4): may this client send for this domain? One per check.</summary>
internal sealed class SpfCheck
{
    private readonly SpfSubject _subject;
    private readonly TimeProvider _time;
    private readonly SpfQuestions _questions;

    private SpfCheck(SpfSubject subject, IDnsResolver dns, SpfLimits limits, TimeProvider time)
    {
        (_subject, _time) = (subject, time);
        _questions = new SpfQuestions(dns, subject, limits);
    }

    /// <summary>Checks the subject's own domain. What takes too long is a temporary error.</summary>
    internal static async ValueTask<SpfOutcome> RunAsync(SpfSubject subject, IDnsResolver dns, SpfLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limits.Time, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await new SpfCheck(subject, dns, limits, time).CheckAsync(subject.SenderDomain, isOutermost: true, both.Token);
        }
        catch (SpfErrorException error)
        {
            return error.Outcome;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return SpfOutcome.Temporary($"DNS took longer than {limits.Time.TotalSeconds:0} seconds");
        }
    }

    private async ValueTask<SpfOutcome> CheckAsync(string domain, bool isOutermost, CancellationToken cancellationToken)
    {
        // §4.3: a name of one label, or none at all, has no policy.
        if (!SpfQuestions.IsName(domain) || !domain.TrimEnd('.').Contains('.', StringComparison.Ordinal) || domain.StartsWith('[')) return new SpfOutcome(SpfResult.None);
        var answer = await _questions.TextsAsync(domain, cancellationToken);
        if (answer.IsFailure) return SpfOutcome.Temporary($"DNS does not answer for {domain}");
        var records = answer.Records.Where(SpfRecord.IsRecord).ToList();
        if (records.Count == 0) return new SpfOutcome(SpfResult.None);
        if (records.Count > 1) return SpfOutcome.Permanent($"{domain} has {records.Count} records");
        if (!SpfRecord.TryParse(records[0], out var record, out var wrong)) return SpfOutcome.Permanent($"{domain}: '{Printable(wrong)}' is no term of SPF");
        foreach (var mechanism in record.Mechanisms)
        {
            if (!await MatchesAsync(mechanism, domain, cancellationToken)) continue;
            var explanation = mechanism.Says == SpfResult.Fail && isOutermost ? await ExplainAsync(record.Explanation, domain, cancellationToken) : null;
            return new SpfOutcome(mechanism.Says, explanation) { Mechanism = mechanism.Text };
        }
        return record.Redirect is { } target ? await FollowAsync(target, domain, isOutermost, cancellationToken) : new SpfOutcome(SpfResult.Neutral);
    }

    private async ValueTask<SpfOutcome> FollowAsync(MacroString target, string domain, bool isOutermost, CancellationToken cancellationToken)
    {
        _questions.CountTerm();
        var name = await NameAsync(target, domain, cancellationToken);
        var outcome = await CheckAsync(name, isOutermost, cancellationToken);
        return outcome.Result == SpfResult.None ? SpfOutcome.Permanent($"{domain} redirects to {Printable(name)}, which has no record") : outcome; // §6.1
    }

    private async ValueTask<bool> MatchesAsync(SpfTerm.Mechanism mechanism, string domain, CancellationToken cancellationToken)
    {
        if (mechanism is not (SpfTerm.All or SpfTerm.Network)) _questions.CountTerm();
        switch (mechanism)
        {
            case SpfTerm.All:
                return true;
            case SpfTerm.Network { Addresses: var network }:
                return network.Contains(_subject.Client);
            case SpfTerm.Include { Domain: var included }:
                return await IncludesAsync(await NameAsync(included, domain, cancellationToken), domain, cancellationToken);
            case SpfTerm.Host { Domain: var host, Lengths: var lengths }:
                return (await _questions.AddressesAsync(await NameAsync(host, domain, cancellationToken), cancellationToken)).Any(address => lengths.Agree(address, _subject.Client));
            case SpfTerm.Exchange { Domain: var host, Lengths: var lengths }:
                return (await _questions.ExchangeAddressesAsync(await NameAsync(host, domain, cancellationToken), cancellationToken)).Any(address => lengths.Agree(address, _subject.Client));
            case SpfTerm.Exists { Domain: var name }:
                return await _questions.ExistsAsync(await NameAsync(name, domain, cancellationToken), cancellationToken);
            case SpfTerm.Pointer { Domain: var host }:
                var target = await NameAsync(host, domain, cancellationToken);
                return (await _questions.HostNamesAsync(cancellationToken)).Any(name => IsWithin(name, target));
            default:
                throw new InvalidOperationException("unknown mechanism");
        }
    }

    // §5.2: the table of what the result of the included record means here.
    private async ValueTask<bool> IncludesAsync(string name, string domain, CancellationToken cancellationToken)
    {
        var outcome = await CheckAsync(name, isOutermost: false, cancellationToken);
        return outcome.Result switch
        {
            SpfResult.Pass => true,
            SpfResult.Fail or SpfResult.SoftFail or SpfResult.Neutral => false,
            SpfResult.None => throw new SpfErrorException(SpfOutcome.Permanent($"{domain} includes {Printable(name)}, which has no record")),
            _ => throw new SpfErrorException(outcome),
        };
    }

    /// <summary>§6.2: a domain's words for a refusal; without them, whatever went wrong with them, the refusal stands.</summary>
    private async ValueTask<string?> ExplainAsync(MacroString? explanation, string domain, CancellationToken cancellationToken)
    {
        if (explanation is null) return null;
        try
        {
            var name = await NameAsync(explanation, domain, cancellationToken);
            if (!SpfQuestions.IsName(name)) return null;
            var answer = await _questions.TextsAsync(name, cancellationToken);
            if (answer.Records is not [var text] || !MacroString.TryParse(text, isExplanation: true, out var words)) return null;
            var said = await ExpandAsync(words, domain, cancellationToken);
            return said.Any(c => c is < ' ' or > '~') ? null : said; // a local part may bring anything in
        }
        catch (SpfErrorException)
        {
            return null;
        }
    }

    /// <summary>The name a term means; one that is too long loses labels from the left (§7.3).</summary>
    private async ValueTask<string> NameAsync(MacroString? spec, string domain, CancellationToken cancellationToken)
    {
        if (spec is null) return domain;
        var name = await ExpandAsync(spec, domain, cancellationToken);
        while (name.TrimEnd('.').Length > 253 && name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot) name = name[(dot + 1)..];
        return name;
    }

    private async ValueTask<string> ExpandAsync(MacroString text, string domain, CancellationToken cancellationToken)
    {
        string? hostName = null;
        if (text.NeedsHostName)
        {
            var names = await _questions.HostNamesAsync(cancellationToken);
            hostName = names.FirstOrDefault(name => name.Equals(domain, StringComparison.OrdinalIgnoreCase)) ?? names.FirstOrDefault(name => IsWithin(name, domain)) ?? (names.Count > 0 ? names[0] : null);
        }
        return text.Expand(_subject, domain, hostName, _time.GetUtcNow());
    }

    private static bool IsWithin(string name, string domain)
    {
        var bare = domain.TrimEnd('.');
        return name.Equals(bare, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + bare, StringComparison.OrdinalIgnoreCase);
    }

    private static string Printable(string text) => string.Concat(text.Select(c => c is < ' ' or > '~' ? '?' : c));
}
