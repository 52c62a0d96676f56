using System.Net;
using System.Runtime.CompilerServices;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Spf;

/// <summary>
/// The restriction <c>check_spf</c>: asks once a transaction, first for the name of HELO, then for the sender, as policyd-spf does; adds the result to the
/// transaction's results and a field to its message, and refuses what its options say.
/// </summary>
internal sealed class CheckSpf : IRestriction<SenderContext>
{
    private const string Link = "Please see http://www.openspf.net/Why?s=";

    private readonly SpfOptions _options;
    private readonly SpfRefusal _heloRefusal, _senderRefusal;
    private readonly List<IPNetwork> _skipped;
    private readonly IDnsResolver _dns;
    private readonly TimeProvider _time;
    // Goes with its transaction.
    private readonly ConditionalWeakTable<AuthenticationResults, Known> _known = [];

    internal CheckSpf(SpfOptions options, IDnsResolver dns, TimeProvider time)
    {
        (_options, _dns, _time) = (options, dns, time);
        (_heloRefusal, _senderRefusal) = (SpfOptions.Refusal(options.HeloReject), SpfOptions.Refusal(options.MailFromReject));
        _skipped = SpfOptions.Networks(options.SkipAddresses.Concat(options.Whitelist));
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> CheckAsync(SenderContext context, CancellationToken cancellationToken)
    {
        if (_skipped.Exists(network => network.Contains(context.Client.Address))) return Verdict.Dunno;
        if (_known.TryGetValue(context.Results, out var known)) return known.Refusal ?? Verdict.Dunno;
        // The milter has asked already.
        if (context.Results.Find("spf") is not null) return Verdict.Dunno;
        var findings = await FindAsync(context, cancellationToken);
        var refusal = findings.Select(finding => Judge(finding, context.Sender.IsNull)).FirstOrDefault(verdict => verdict is not null);
        _known.Add(context.Results, new Known(refusal));
        foreach (var finding in findings) context.Results.Add(Result(finding));
        if (refusal is not null) return refusal;
        return _options.HeaderType == "spf" && Shown(findings) is { } shown
            ? new Verdict.Prepend(ReceivedSpf.Field(shown, context.Sender.ToString(), context.Server.Name)) : Verdict.Dunno;
    }

    /// <summary>HELO first: one that refuses spares the other question.</summary>
    private async ValueTask<List<SpfFinding>> FindAsync(SenderContext context, CancellationToken cancellationToken)
    {
        var findings = new List<SpfFinding>(2);
        var helo = context.Helo?.Name ?? "";
        var (client, receiver) = (context.Client.Address, context.Server.Name);
        if (_heloRefusal != SpfRefusal.NoCheck && helo.Length > 0)
        {
            findings.Add(await FindAsync(isHelo: true, SpfSubject.Of(client, "", helo, helo, receiver), cancellationToken));
            if (Judge(findings[0], context.Sender.IsNull) is not null || context.Sender.IsNull) return findings;
        }
        if (_senderRefusal != SpfRefusal.NoCheck && !context.Sender.IsNull)
        {
            findings.Add(await FindAsync(isHelo: false, SpfSubject.Of(client, context.Sender.Local, context.Sender.Domain, helo, receiver), cancellationToken));
        }
        return findings;
    }

    private async ValueTask<SpfFinding> FindAsync(bool isHelo, SpfSubject subject, CancellationToken cancellationToken) =>
        new(isHelo, subject, await SpfCheck.RunAsync(subject, _dns, _options.Limits, _time, cancellationToken));

    private Verdict? Judge(SpfFinding finding, bool isNullSender)
    {
        var rule = finding.IsHelo ? _heloRefusal : _senderRefusal;
        var mustPass = !finding.IsHelo && _options.RejectNotPassDomains.Contains(finding.Subject.SenderDomain, StringComparer.OrdinalIgnoreCase);
        return finding.Outcome.Result switch
        {
            SpfResult.TempError => _options.TemperrorDefer ? Refusals.Of(451, "4.7.24", $"Message temporarily deferred due to: {finding.Reason}. {Why(finding)}") : null,
            SpfResult.PermError => _options.PermerrorReject ? Refusals.Of(550, "5.7.24", $"Message rejected due to: {finding.Reason}. {Why(finding)}") : null,
            SpfResult.Fail => rule != SpfRefusal.Never && (rule != SpfRefusal.Null || isNullSender) || mustPass ? Refuse(finding) : null,
            SpfResult.SoftFail => rule is SpfRefusal.SoftFail or SpfRefusal.NotPass || mustPass ? Refuse(finding) : null,
            SpfResult.Neutral => rule == SpfRefusal.NotPass || mustPass ? Refuse(finding) : null,
            SpfResult.None => mustPass ? Refuse(finding) : null,
            _ => null,
        };
    }

    private static Verdict.Refuse Refuse(SpfFinding finding) => Refusals.Of(550, "5.7.23", $"Message rejected due to: {finding.Reason}. {Why(finding)}");

    private static string Why(SpfFinding finding)
    {
        var id = finding.IsHelo ? finding.Subject.Helo : finding.Subject.Sender;
        return $"{Link}{(finding.IsHelo ? "helo" : "mfrom")};id={id};ip={finding.Subject.Client};r={finding.Subject.Receiver}";
    }

    // The sender's, unless it says nothing and HELO does.
    private static SpfFinding? Shown(List<SpfFinding> findings) =>
        findings is [{ Outcome.Result: SpfResult.Pass } helo, { Outcome.Result: SpfResult.None }] ? helo : findings.Count > 0 ? findings[^1] : null;

    private static AuthenticationResult Result(SpfFinding finding) => new("spf", finding.Word, finding.Outcome.Problem)
    {
        Properties = [finding.IsHelo ? new("smtp.helo", finding.Subject.Helo) : new("smtp.mailfrom", finding.Subject.Sender)],
    };

    private sealed record Known(Verdict? Refusal);
}
