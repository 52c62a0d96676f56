using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>What is known of who stands behind a message.</summary>
/// <param name="SignedBy">The domains (d=) of signatures that verify.</param>
/// <param name="SentBy">The domain that SPF passes; null when it does not.</param>
internal sealed record Proof(IReadOnlyList<string> SignedBy, string? SentBy);

/// <summary>The outcome for one author domain.</summary>
/// <param name="Word">none, pass, fail, temperror or permerror (RFC 8601 §2.7).</param>
/// <param name="Author">The domain of From; empty when there is none.</param>
internal sealed record DmarcOutcome(string Word, string Author)
{
    internal string? Reason { get; init; }

    /// <summary>The record that counts; null when there is none.</summary>
    internal FoundRecord? Found { get; init; }

    /// <summary>What the owner asks for when it fails.</summary>
    internal DmarcPolicy Policy { get; init; }

    /// <summary>The domain of a signature that stands for the author; null when none does.</summary>
    internal string? SignedBy { get; init; }

    /// <summary>The domain of SPF that stands for the author; null when it does not.</summary>
    internal string? SentBy { get; init; }
}

/// <summary>Whether an author's domain stands behind a message (RFC 9989 §4.4, §5.3).</summary>
internal static class DmarcCheck
{
    internal static async ValueTask<DmarcOutcome> RunAsync(string author, Proof proof, TreeWalk walk)
    {
        try
        {
            if (await walk.FindPolicyAsync(author) is not { } found) return new DmarcOutcome("none", author);
            // A record without a policy that can be read is believed for its reports alone (§4.7).
            if (found.Record.HasWrongPolicy && found.Record.AggregateReports.Count == 0) return new DmarcOutcome("none", author) { Reason = "the record has no valid policy" };
            var isBelow = !found.Domain.Equals(author, StringComparison.OrdinalIgnoreCase);
            var isMissing = isBelow && found.Record.NonexistentPolicy is not null && await walk.IsMissingAsync(author);
            var (signer, sender) = (await FindSignerAsync(author, proof.SignedBy, found.Record.IsDkimStrict, walk), proof.SentBy is { } by && await IsAlignedAsync(author, by, found.Record.IsSpfStrict, walk) ? by : null);
            return new DmarcOutcome(signer is not null || sender is not null ? "pass" : "fail", author)
            {
                Found = found, Policy = found.Record.PolicyFor(isBelow, isMissing), SignedBy = signer, SentBy = sender,
            };
        }
        catch (DmarcTemporaryException error)
        {
            return new DmarcOutcome("temperror", author) { Reason = error.Message };
        }
    }

    private static async ValueTask<string?> FindSignerAsync(string author, IReadOnlyList<string> signers, bool isStrict, TreeWalk walk)
    {
        foreach (var signer in signers.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (await IsAlignedAsync(author, signer, isStrict, walk)) return signer;
        }
        return null;
    }

    private static async ValueTask<bool> IsAlignedAsync(string author, string domain, bool isStrict, TreeWalk walk)
    {
        if (domain.Equals(author, StringComparison.OrdinalIgnoreCase)) return true;
        if (isStrict || !ShareLastLabel(author, domain)) return false;
        return (await walk.FindOrganizationAsync(author)).Equals(await walk.FindOrganizationAsync(domain), StringComparison.OrdinalIgnoreCase);
    }

    // Names without a label in common have no organization in common: nothing needs to be asked.
    private static bool ShareLastLabel(string one, string other) => one[(one.LastIndexOf('.') + 1)..].Equals(other[(other.LastIndexOf('.') + 1)..], StringComparison.OrdinalIgnoreCase);
}
