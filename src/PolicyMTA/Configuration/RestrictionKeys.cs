using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>The parameters of restrictions that the program knows itself: those whose value is no plain text.</summary>
internal static class RestrictionKeys
{
    public static IEnumerable<KeyDefinition> All()
    {
        yield return new KeyDefinition("default_rbl_reply", KeyKind.Template, DnsListRestrictions.DefaultReply, "The reply for what a DNS list has: the code, perhaps a status, the text. Its macros: `rbl_code`, `rbl_domain`, `rbl_reason`, `rbl_what`, `rbl_class`, `client`, `client_address`, `client_name`, `client_port`, `reverse_client_name`, `helo_name`, `server_name`, `localtime`, `sender`, `recipient`, and these two with `_name` and `_domain`.") with
        {
            FindMistake = texts => DnsListRestrictions.FindMistake(texts[0]),
        };
        yield return new KeyDefinition("rbl_reply_maps", KeyKind.Tables, "", "Replies by the DNS list's name, with `=filter` or without, in the place of `default_rbl_reply`.");
    }
}
