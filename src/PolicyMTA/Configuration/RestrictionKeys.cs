using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>The parameters of restrictions that the program knows itself: those whose value is no plain text.</summary>
internal static class RestrictionKeys
{
    public static IEnumerable<KeyDefinition> All()
    {
        yield return new KeyDefinition("smtpd_reject_footer", KeyKind.Template, "", "What follows each 4xx and 5xx reply, as a line of its own; `\\c` before it: in the same line; `\\n` in it: another line. Its macros: `client`, `client_address`, `client_name`, `client_port`, `reverse_client_name`, `helo_name`, `server_name`, `localtime`.") with
        {
            PerListener = true,
            FindMistake = texts => ReplyFooter.FindMistake(texts[0]),
        };
        yield return new KeyDefinition("smtpd_reject_footer_maps", KeyKind.Tables, "", "Footers by the whole reply, in the place of `smtpd_reject_footer`.");
        yield return new KeyDefinition("smtpd_reject_filter_maps", KeyKind.Tables, "", "Other replies by the whole 4xx or 5xx reply: code, perhaps a status, text.");
        yield return new KeyDefinition("default_rbl_reply", KeyKind.Template, DnsListRestrictions.DefaultReply, "The reply for what a DNS list has: the code, perhaps a status, the text. Its macros: `rbl_code`, `rbl_domain`, `rbl_reason`, `rbl_what`, `rbl_class`, `client`, `client_address`, `client_name`, `client_port`, `reverse_client_name`, `helo_name`, `server_name`, `localtime`, `sender`, `recipient`, and these two with `_name` and `_domain`.") with
        {
            FindMistake = texts => DnsListRestrictions.FindMistake(texts[0]),
        };
        yield return new KeyDefinition("rbl_reply_maps", KeyKind.Tables, "", "Replies by the DNS list's name, with `=filter` or without, in the place of `default_rbl_reply`.");
    }
}
