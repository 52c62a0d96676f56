namespace PolicyMTA.Addressing;

/// <summary>How a list of domains treats what is below a domain.</summary>
public enum DomainMatching
{
    /// <summary>A table is asked whole domains only: <c>mydestination</c>, <c>virtual_mailbox_domains</c> and the like.</summary>
    Whole,
    /// <summary>A table is also asked <c>.parent</c>: <c>relay_domains</c>.</summary>
    Below,
    /// <summary>A domain stands for what is below it too: lists named by <c>parent_domain_matches_subdomains</c>.</summary>
    Subdomains,
}
