using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The domains that SPF and DKIM vouch for, and those they could not ask about. An immutable value.</summary>
internal sealed record AuthenticatedDomains
{
    // A message may carry any number of signatures; each costs a walk.
    private const int MostSignatures = 16;

    /// <summary>Domains whose signature verified.</summary>
    public IReadOnlyList<string> Dkim { get; init; } = [];
    /// <summary>The domain of the sender, when its client may send for it.</summary>
    public IReadOnlyList<string> Spf { get; init; } = [];
    /// <summary>Domains that might have passed had DNS answered.</summary>
    public IReadOnlyList<string> Undecided { get; init; } = [];

    /// <summary>Reads the results of a transaction. HELO's name counts for the null sender only (RFC 9989 §4.4.2).</summary>
    internal static AuthenticatedDomains Of(AuthenticationResults results, bool isNullSender)
    {
        var (dkim, spf, undecided) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var result in results.Items)
        {
            var property = result.Method switch { "dkim" => "header.d", "spf" => isNullSender ? "smtp.helo" : "smtp.mailfrom", _ => null };
            if (property is null || result.Result is not ("pass" or "temperror")) continue;
            var list = result.Result == "temperror" ? undecided : result.Method == "dkim" ? dkim : spf;
            foreach (var (name, value) in result.Properties)
            {
                if (name == property && DomainName.TryNormalize(value[(value.LastIndexOf('@') + 1)..], out var domain) && !list.Contains(domain) && list.Count < MostSignatures) list.Add(domain);
            }
        }
        return new AuthenticatedDomains { Dkim = dkim, Spf = spf, Undecided = undecided };
    }
}
