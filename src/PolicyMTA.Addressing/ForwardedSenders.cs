using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>The senders of mail that is forwarded (<c>srs_*</c>): what they become in a domain of ours, and whom such an address stands for when mail comes back to it. Thread-safe.</summary>
public sealed class ForwardedSenders
{
    /// <summary>The table that a refusal names.</summary>
    internal const string Table = "sender rewriting scheme";

    private readonly SenderRewriting _rewriting;
    private readonly string _domain;

    /// <summary>The first secret signs, all verify; addresses in <paramref name="domain"/> are good for <paramref name="days"/> days, less than 1024.</summary>
    /// <exception cref="ArgumentException">There is no secret, or too many days.</exception>
    public ForwardedSenders(IReadOnlyList<string> secrets, string domain, int days, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentException.ThrowIfNullOrEmpty(domain);
        (_rewriting, _domain) = (new SenderRewriting(secrets, days, time), domain);
    }

    /// <summary>The sender that a message leaves with. An address of that domain stays what it is.</summary>
    public Address Rewrite(Address sender)
    {
        ArgumentNullException.ThrowIfNull(sender);
        return IsOurDomain(sender.Domain) ? sender : _rewriting.Rewrite(sender, _domain);
    }

    /// <summary>True for an address of the scheme in our domain, whether we made it or not: none of it is an operator, an extension or a user's name.</summary>
    internal bool IsOwn(Address address) => IsOurDomain(address.Domain) && SenderRewriting.IsRewritten(address);

    /// <summary>Whom such an address stands for; null when it is not to be believed.</summary>
    internal Address? Reverse(Address address) => _rewriting.Reverse(address) is RewrittenSender.Found found ? found.Address : null;

    private bool IsOurDomain(string domain) => domain.AsSpan().TrimEnd('.').Equals(_domain, StringComparison.OrdinalIgnoreCase);
}
