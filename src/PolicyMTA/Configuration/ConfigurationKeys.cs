namespace PolicyMTA.Configuration;

/// <summary>Every key that the program itself knows. The reference in <c>docs/configuration.md</c> is made from it.</summary>
internal static class ConfigurationKeys
{
    /// <summary>The parameters outside all sections. Names and meanings are Postfix's where Postfix has the concept.</summary>
    public static IReadOnlyList<KeyDefinition> Parameters { get; } =
    [
        Text("myhostname", "", "The name of this server; the machine's name when empty."),
        Text("mydomain", "", "Its domain; `myhostname` without the first label when empty."),
        Text("myorigin", "$myhostname", "The domain that completes addresses without one."),
        Text("mail_name", "PolicyMTA", "What the server calls itself in banners and trace fields."),
        Networks("mynetworks", "127.0.0.0/8, [::1]/128", "The clients that `permit_mynetworks` trusts."),
        Domains("mydestination", "$myhostname, localhost.$mydomain, localhost", "The domains of local mailboxes."),
        Yes("soft_bounce", "no", "Every permanent refusal becomes a temporary one, while a configuration is tried out.") with { PerListener = true },
        Number("message_size_limit", "10240000", "The largest message in bytes; 0 for no limit.") with { PerListener = true },
        Yes("strict_rfc821_envelopes", "no", "Addresses must stand in angle brackets and be nothing else.") with { PerListener = true },
        Yes("smtputf8_enable", "yes", "Addresses and names outside ASCII are taken, and SMTPUTF8 is offered.") with { PerListener = true },
        Yes("strict_smtputf8", "no", "Addresses outside ASCII need the parameter SMTPUTF8.") with { PerListener = true },
        Yes("smtpd_requiretls_enable", "no", "REQUIRETLS is offered under TLS: such a message leaves only over verified TLS to servers that know it too.") with { PerListener = true },
        Yes("disable_vrfy_command", "yes", "VRFY tells nothing.") with { PerListener = true },
        Number("line_length_limit", "2048", "The longest command line in bytes.") with { PerListener = true },
        Number("hopcount_limit", "50", "The most Received fields a message may have.") with { PerListener = true },

        Text("smtpd_banner", "$myhostname ESMTP $mail_name", "What follows 220 when a client connects.") with { PerListener = true },
        Yes("smtpd_helo_required", "yes", "MAIL needs HELO or EHLO before it.") with { PerListener = true },
        Yes("smtpd_delay_reject", "yes", "The client, helo and sender lists wait for RCPT."),
        Yes("smtpd_reject_unlisted_sender", "no", "Senders of our domains must exist."),
        Yes("smtpd_reject_unlisted_recipient", "yes", "Recipients of our domains must exist."),
        Tables("smtpd_sender_login_maps", "", "Which accounts own a sender address."),
        Yes("smtpd_sasl_auth_enable", "no", "Clients may log in.") with { PerListener = true },
        Text("smtpd_sasl_type", "passwords", "The authenticator, by the name a plugin gave it."),
        Yes("smtpd_tls_auth_only", "yes", "Logins need TLS.") with { PerListener = true },
        Choice("smtpd_tls_security_level", "may", "Whether clients may or must use TLS; it takes a certificate.", "none", "may", "encrypt") with { PerListener = true },
        File("smtpd_tls_cert_file", "", "The certificate with its chain, as PEM.") with { PerListener = true },
        File("smtpd_tls_key_file", "$smtpd_tls_cert_file", "Its private key, as PEM.") with { PerListener = true },
        Yes("smtpd_peername_lookup", "yes", "The client's name is asked of DNS.") with { PerListener = true },
        Number("smtpd_recipient_limit", "1000", "The most recipients of one transaction.") with { PerListener = true },
        Number("smtpd_soft_error_limit", "10", "Errors before each further one is answered late.") with { PerListener = true },
        Number("smtpd_hard_error_limit", "20", "Errors before the connection is closed.") with { PerListener = true },
        Number("smtpd_junk_command_limit", "100", "Idle commands before each further one counts as an error.") with { PerListener = true },
        Duration("smtpd_error_sleep_time", "1s", "How late an error is answered.") with { PerListener = true },
        Duration("smtpd_timeout", "300s", "How long a client may be silent.") with { PerListener = true },
        Choice("smtpd_forbid_bare_newline", "normalize", "What happens to lines that end without CR.", "normalize", "reject", "note", "no") with { PerListener = true },
        Yes("smtpd_forbid_unauth_pipelining", "yes", "Clients that send ahead where the protocol forbids it are refused.") with { PerListener = true },
        List("smtpd_discard_ehlo_keywords", "", "Extensions that EHLO does not offer.") with { PerListener = true },
        Tables("smtpd_discard_ehlo_keyword_address_maps", "", "The same by client address, in the place of the list."),
        Number("smtpd_client_connection_count_limit", "50", "Connections one client may have at a time; 0 for no limit.") with { PerListener = true },

        Domains("virtual_mailbox_domains", "", "The domains of virtual mailboxes."),
        Tables("virtual_mailbox_maps", "", "The virtual mailboxes: address to path."),
        Tables("virtual_alias_maps", "", "Addresses that stand for others."),
        Domains("virtual_alias_domains", "", "Domains of aliases only."),
        File("virtual_mailbox_base", "mail", "The folder that virtual mailboxes are in."),
        Number("virtual_alias_expansion_limit", "1000", "The most addresses one recipient may become."),
        Number("virtual_alias_recursion_limit", "1000", "How deep aliases may name aliases."),
        Domains("relay_domains", "", "Domains that mail is taken for and passed on."),
        Domains("fast_flush_domains", "$relay_domains", "The domains, with those below them, that ETRN is served for."),
        Tables("relay_recipient_maps", "", "The addresses of relay domains; without it all are taken."),
        Tables("local_recipient_maps", "", "The addresses of local domains; without it all are taken."),
        Text("recipient_delimiter", "", "What parts a local part from its extension."),
        Text("virtual_transport", "maildir", "How virtual mailboxes are delivered."),
        Text("local_transport", "maildir", "How local mailboxes are delivered."),
        Text("default_transport", "smtp", "How other mail is delivered."),
        Text("relay_transport", "smtp", "How relay domains are delivered."),
        Text("relayhost", "", "The next hop of other mail; empty for MX."),
        Tables("transport_maps", "", "Transports and next hops of single addresses and domains."),
        Choice("smtp_tls_security_level", "may", "TLS towards other servers.", "none", "may", "encrypt"),
        Text("smtp_bind_address", "", "The IPv4 address that connections to other servers come from.") with { Kind = KeyKind.Address },
        Text("smtp_bind_address6", "", "The IPv6 address that connections to other servers come from.") with { Kind = KeyKind.Address },
        Text("smtp_helo_name", "$myhostname", "What we call ourselves to other servers."),
        Number("bounce_size_limit", "50000", "Larger messages are returned without their body."),
        File("queue_directory", ".", "Where a relative `unix:` path of a next hop starts."),

        Duration("minimal_backoff_time", "300s", "The shortest time between two attempts."),
        Duration("maximal_backoff_time", "4000s", "The longest time between two attempts."),
        Duration("maximal_queue_lifetime", "5d", "How long mail is tried.") with { Unit = 'd' },
        Duration("bounce_queue_lifetime", "5d", "How long bounces are tried.") with { Unit = 'd' },
        Duration("delay_warning_time", "0h", "When the sender is told of a delay; 0 for never.") with { Unit = 'h' },
        Number("queue_minfree", "0", "Bytes that must stay free where the queue is; 0 for one and a half messages."),
        Number("default_destination_concurrency_limit", "20", "The most deliveries to one destination at a time; 0 for no limit."),
        Number("default_destination_recipient_limit", "50", "The most recipients of one delivery; 0 for no limit."),

        Text("syslog_name", "policymta", "The program's name in the system log."),
        Text("syslog_facility", "mail", "The system log's facility."),
        Duration("generation_max_age", "10m", "How long a session may stay on rules that were replaced."),
        Yes("watch", "no", "Changed files are put in force without being asked."),
    ];

    /// <summary><c>[listeners.NAME]</c>, besides the parameters a listener may have of its own.</summary>
    public static IReadOnlyList<KeyDefinition> Listener { get; } =
    [
        Text("address", "", "Where to listen: `127.0.0.1:25`, `[::1]:25`, `:25` for every address, `unix:path`."),
        Choice("protocol", "smtp", "What it speaks. With LMTP each recipient hears its own reply at the end of a message.", "smtp", "lmtp"),
        Choice("tls", "", "Whether TLS starts with STARTTLS or the connection; `starttls` when there is a certificate.", "none", "starttls", "implicit"),
        Text("policies", "", "The folder under `policies/` that overrides lists; the listener's name when empty."),
    ];

    /// <summary><c>[tables.NAME]</c>. All other keys are the table's own.</summary>
    public static IReadOnlyList<KeyDefinition> Table { get; } =
    [
        Text("type", "", "The table's type, as `sqlite`."),
        Text("path", "", "Its file, or whatever the type takes behind its colon."),
    ];

    /// <summary>The sections there is one of, by name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<KeyDefinition>> Sections { get; } = new SortedDictionary<string, IReadOnlyList<KeyDefinition>>(StringComparer.Ordinal)
    {
        ["queue"] =
        [
            File("folder", "queue", "Where the queue lives."),
            Text("store", "sqlite", "What keeps it."),
            Text("node", "", "This machine's name among several; its own name when empty."),
            Yes("hold_deliveries", "no", "Mail is taken and kept, nothing is delivered."),
        ],
        ["policy"] = [File("folder", "policies", "Where the policies are.")],
        ["logging"] =
        [
            Choice("level", "info", "The least that is written.", "debug", "info", "warning", "error"),
            Yes("console", "yes", "Write to the console."),
            File("file", "", "The log file; none when empty."),
            Choice("file_format", "text", "How the file is written.", "text", "json"),
            File("syslog", "", "The system log's socket, as `/dev/log`; none when empty."),
        ],
        ["control"] = [File("socket", "control/socket", "The socket that the `policymta` command talks to.")],
    };

    private static KeyDefinition Text(string name, string value, string what) => new(name, KeyKind.Text, value, what);
    private static KeyDefinition Number(string name, string value, string what) => new(name, KeyKind.Number, value, what);
    private static KeyDefinition Yes(string name, string value, string what) => new(name, KeyKind.Boolean, value, what);
    private static KeyDefinition Duration(string name, string value, string what) => new(name, KeyKind.Duration, value, what);
    private static KeyDefinition List(string name, string value, string what) => new(name, KeyKind.List, value, what);
    private static KeyDefinition Networks(string name, string value, string what) => new(name, KeyKind.Networks, value, what) { PerListener = true };
    private static KeyDefinition Tables(string name, string value, string what) => new(name, KeyKind.Tables, value, what);
    private static KeyDefinition Domains(string name, string value, string what) => new(name, KeyKind.Domains, value, what);
    private static KeyDefinition File(string name, string value, string what) => new(name, KeyKind.FilePath, value, what);

    private static KeyDefinition Choice(string name, string value, string what, params string[] choices) => new(name, KeyKind.Choice, value, what) { Choices = choices };
}
