using System.Collections.Frozen;
using System.Globalization;

namespace PolicyMTA.Sdk;

/// <summary>The macros of one refusal by a DNS list (postconf(5), <c>default_rbl_reply</c>).</summary>
internal sealed class DnsListMacros(ClientContext context, TimeProvider time)
{
    public static FrozenSet<string> Names { get; } = FrozenSet.ToFrozenSet(
    [
        "rbl_code", "rbl_domain", "rbl_reason", "rbl_txt", "rbl_what", "rbl_class", "server_name", "client", "client_port", "client_address", "client_name",
        "reverse_client_name", "helo_name", "sender", "sender_name", "sender_domain", "recipient", "recipient_name", "recipient_domain", "localtime",
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
        "server_name" => context.Server.Name,
        "client" => context.Client.ToString(),
        "client_port" => context.Client.Port.ToString(CultureInfo.InvariantCulture),
        "client_address" => context.Client.Address.ToString(),
        "client_name" => context.Client.Name,
        "reverse_client_name" => context.Client.ReverseName,
        "helo_name" => context.Helo?.Name ?? "",
        "localtime" => time.GetLocalNow().ToString("MMM dd HH:mm:ss", CultureInfo.InvariantCulture),
        _ when name.StartsWith("sender", StringComparison.Ordinal) => PartOf((context as SenderContext)?.Transaction.GivenSender, name["sender".Length..]),
        _ when name.StartsWith("recipient", StringComparison.Ordinal) => PartOf(FindRecipient(), name["recipient".Length..]),
        _ => null,
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
