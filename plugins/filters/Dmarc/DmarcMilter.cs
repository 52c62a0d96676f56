using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>
/// The milter <c>dmarc</c>: at the end of a message it asks whether the domain of From stands behind it, by what <c>spf</c> and <c>dkim</c> before it have found, leaves the result, and does what the
/// domain's owner asks for as far as the options go along.
/// </summary>
internal sealed class DmarcMilter(string name, DmarcOptions options, PublicSuffixList? suffixes, IDnsResolver dns) : IMilter
{
    private readonly bool _ignoresLogins = options.IgnoreAuthenticatedClients;
    private readonly List<IPNetwork> _ignored = options.IgnoredNetworks();

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken) => new(_ignored.Exists(network => network.Contains(context.Client.Address)) ? null : new Session(this));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Verdict> CheckAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
    {
        var (author, problem) = FindAuthor(context.Message);
        var outcome = author is null
            ? new DmarcOutcome("permerror", "") { Reason = problem }
            : await DmarcCheck.RunAsync(author, ProofOf(context), new TreeWalk(dns, suffixes, options.Walks, cancellationToken));
        context.Results.Add(new AuthenticationResult("dmarc", outcome.Word, outcome.Reason ?? (outcome.Found is null ? null : $"p={Word(outcome.Policy)}"))
        {
            Properties = outcome.Author.Length > 0 ? [new("header.from", outcome.Author)] : [],
        });
        if (author is null) return options.RejectMultiValueFrom ? Refusals.Of(550, "5.7.1", $"{problem}") : Verdict.Dunno;
        if (outcome.Word == "temperror" && options.TemperrorDefer) return Refusals.Of(451, "4.7.1", $"DMARC policy for {author} can't be looked up now");
        return outcome.Word == "fail" ? Judge(outcome, edits) : Verdict.Dunno;
    }

    private Verdict Judge(DmarcOutcome outcome, IMilterEdits edits)
    {
        var isRefused = outcome.Policy == DmarcPolicy.Reject && options.RejectFailures || outcome.Policy == DmarcPolicy.Quarantine && options.Quarantine == "reject";
        if (isRefused) return Refusals.Of(550, "5.7.1", $"rejected by DMARC policy for {outcome.Found!.Domain}");
        if (outcome.Policy == DmarcPolicy.Quarantine && options.Quarantine == "hold") edits.Quarantine($"quarantined by DMARC policy for {outcome.Found!.Domain}");
        return Verdict.Dunno;
    }

    // Where readers could see different authors there is none (RFC 9989 §11.5).
    private static (string? Author, string Problem) FindAuthor(IMessage message)
    {
        var fields = message.Headers.Where(field => field.Name.Equals("From", StringComparison.OrdinalIgnoreCase)).ToList();
        if (fields.Count == 0) return (null, "the message has no From field");
        if (fields.Count > 1) return (null, "the message has several From fields");
        if (!FromField.TryRead(fields[0].Value, out var authors)) return (null, "the From field can't be read");
        var domains = authors.Select(address => address.Domain).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return domains switch { [] => (null, "the From field names nobody"), [var domain] => (domain.ToLowerInvariant(), ""), _ => (null, "the From field has several domains") };
    }

    private static Proof ProofOf(EndOfDataContext context) => new(
        [.. context.Results.Items.Where(result => result is { Method: "dkim", Result: "pass" }).Select(result => Property(result, "header.d")).OfType<string>()],
        // The name of HELO counts where there is no sender, and only there (RFC 9989 §4.4.2).
        context.Results.Items.Where(result => result is { Method: "spf", Result: "pass" }).Select(result => Property(result, context.Sender.IsNull ? "smtp.helo" : "smtp.mailfrom")).OfType<string>()
            .Select(identity => identity[(identity.LastIndexOf('@') + 1)..]).LastOrDefault(domain => domain.Length > 0));

    private static string? Property(AuthenticationResult result, string name) => result.Properties.FirstOrDefault(property => property.Key == name).Value;

    private static string Word(DmarcPolicy policy) => policy.ToString().ToLowerInvariant();

    private sealed class Session(DmarcMilter milter) : IMilterSession
    {
        public ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken) =>
            context is LocalSubmissionContext || milter._ignoresLogins && context.Sasl is not null ? new(Verdict.Dunno) : milter.CheckAsync(context, edits, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
