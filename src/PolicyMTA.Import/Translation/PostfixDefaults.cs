namespace PolicyMTA.Import.Translation;

/// <summary>Parameters that main.cf leaves out and whose default in Postfix is another than here: what mail would notice is written down.</summary>
internal static class PostfixDefaults
{
    // Where PolicyMTA's default is the stricter one it stays, and the report says so.
    private static readonly Dictionary<string, string> Kept = new(StringComparer.Ordinal)
    {
        ["smtp_tls_security_level"] = "mail leaves encrypted where the other side can; Postfix's default sends plain text",
        ["smtpd_forbid_bare_newline"] = "lines without CR don't end a message (SMTP smuggling)",
        ["smtpd_forbid_unauth_pipelining"] = "clients that send ahead where the protocol forbids it are refused",
        ["disable_vrfy_command"] = "VRFY tells nothing",
        ["smtpd_tls_mandatory_protocols"] = "TLS from 1.2 on where TLS is a must",
    };

    /// <summary>Sets them, and gives what is kept stricter instead.</summary>
    public static IEnumerable<string> Apply(TomlSection common, SourceValues values, TargetCatalogue catalogue)
    {
        void Pin(string name, string value, string comment)
        {
            if (!values.IsGiven(name) && !common.Has(name) && catalogue.Keys.ContainsKey(name)) common.Set(name, value, comment);
        }

        const string Default = "Postfix's default";
        Pin("smtpd_helo_required", "false", Default);
        Pin("syslog_name", TomlText.Quote("postfix"), "what tools for logs look for");
        Pin("queue_directory", TomlText.Quote("/var/spool/postfix"), Default + ": where relative unix: paths begin");
        Pin("local_transport", TomlText.Quote("local"), Default);
        Pin("virtual_transport", TomlText.Quote("virtual"), Default);
        Pin("smtpd_tls_security_level", TomlText.Quote(Listeners.Level(values)), Default);
        if (values.Text("append_dot_mydomain") == "yes") Pin("append_dot_mydomain", "true", "the default at this compatibility_level");
        if (values.Text("smtputf8_enable") == "no") Pin("smtputf8_enable", "false", "the default at this compatibility_level");
        if (values.Text("mynetworks_style") == "subnet" && !values.IsGiven("mynetworks")) Pin("mynetworks_style", TomlText.Quote("subnet"), "the default at this compatibility_level");
        if (values.Text("relay_domains").Length > 0) Pin("relay_domains", TomlText.Quote("$mydestination"), "the default at this compatibility_level");
        if (values.Truth("smtpd_sasl_auth_enable")) Pin("smtpd_tls_auth_only", "false", Default + ": passwords may be sent in the clear");
        if (values.IsGiven("virtual_mailbox_maps")) Pin("virtual_mailbox_domains", TomlText.Quote("$virtual_mailbox_maps"), Default);
        if (values.IsGiven("virtual_alias_maps")) Pin("virtual_alias_domains", TomlText.Quote("$virtual_alias_maps"), Default);
        if (values.Text("local_transport").StartsWith("local", StringComparison.Ordinal)) Pin("forward_path", TomlText.Quote("$home/.forward${recipient_delimiter}${extension}, $home/.forward"), Default);
        return Kept.Where(kept => !values.IsGiven(kept.Key) && !common.Has(kept.Key)).Select(kept => $"`{kept.Key}`: {kept.Value}");
    }
}
