using System.Collections.Frozen;

namespace PolicyMTA.Sdk;

/// <summary>The macros of one refusal by a DNS list (postconf(5), <c>default_rbl_reply</c>).</summary>
internal sealed class DnsListMacros(ClientContext context, TimeProvider time)
{
    public static FrozenSet<string> Names { get; } = FrozenSet.ToFrozenSet(
    [
        .. SessionMacros.Names, "rbl_code", "rbl_domain", "rbl_reason", "rbl_txt", "rbl_what", "rbl_class",
        "sender", "sender_name", "sender_domain", "recipient", "recipient_name", "recipient_domain",
    ]);

    public required string Code { get; init; }
    public required string Zone { get; init; }
    public required string Class { get; init; }
    public required string What { get; init; }
    public required string Reason { get; init; }

    /// <summary>The value of a name; null when there is no such macro. The recipient is looked at only when the template asks for it: a reply that does not is the same for all.</summary>
    public string? ValueOf(string name) => name switch
    {
        "rbl_code" => Code,
        "rbl_domain" => Zone,
        "rbl_reason" or "rbl_txt" => Reason,
        "rbl_what" => What,
        "rbl_class" => Class,
        _ when name.StartsWith("sender", StringComparison.Ordinal) => PartOf((context as SenderContext)?.Transaction.GivenSender, name["sender".Length..]),
        _ when name.StartsWith("recipient", StringComparison.Ordinal) => PartOf(FindRecipient(), name["recipient".Length..]),
        _ => SessionMacros.ValueOf(name, context.Session, time),
    };

    private Address? FindRecipient() => context switch
    {
        RecipientContext at => at.Recipient.Given,
        DataContext at => at.Recipient?.Given,
        _ => null,
    };

    private static string? PartOf(Address? address, string part) => (address, part) switch
    {
        (_, not ("" or "_name" or "_domain")) => null,
        (null, _) => "",
        (_, "_domain") => address.Domain,
        ({ IsNull: true }, _) => "<>",
        (_, "_name") => address.Local,
        _ => address.ToString(),
    };
}
