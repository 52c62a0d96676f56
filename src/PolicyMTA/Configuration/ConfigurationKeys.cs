using PolicyMTA.Receiving;
using PolicyMTA.Receiving.Submission;

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
        Networks("mynetworks", "", "The clients that `permit_mynetworks` trusts; when it is not given, what `mynetworks_style` finds."),
        Choice("mynetworks_style", "host", "What `mynetworks` is when it is not given: this machine's addresses, their subnets, or their class A, B or C networks.", "host", "subnet", "class"),
        List("inet_interfaces", "all", "The addresses that listeners of all addresses (`:25`) take: `all`, `loopback-only`, addresses, `$myhostname` and other names of /etc/hosts."),
        List("inet_protocols", "all", "The protocols they take: `all`, `ipv4`, `ipv6`."),
        List("proxy_interfaces", "", "The addresses at which a proxy or a translating router passes port 25 on to us: mail is not sent there.") with
        {
            FindMistake = words => words.FirstOrDefault(w => !System.Net.IPAddress.TryParse(w.Trim('[', ']'), out _)) is { } wrong ? $"'{wrong}' is no IP address" : null,
        },
        Domains("mydestination", "$myhostname, localhost.$mydomain, localhost", "The domains of local mailboxes."),
        Yes("soft_bounce", "no", "Every permanent refusal becomes a temporary one, while a configuration is tried out.") with { PerListener = true },
        Number("message_size_limit", "10240000", "The largest message in bytes; 0 for no limit.") with { PerListener = true },
        Yes("strict_rfc821_envelopes", "no", "Addresses must stand in angle brackets and be nothing else.") with { PerListener = true },
        Yes("smtputf8_enable", "yes", "Addresses and names outside ASCII are taken, and SMTPUTF8 is offered.") with { PerListener = true },
        Yes("strict_smtputf8", "no", "Addresses outside ASCII need the parameter SMTPUTF8.") with { PerListener = true },
        Yes("smtpd_requiretls_enable", "no", "REQUIRETLS is offered under TLS: such a message leaves only over verified TLS to servers that know it too.") with { PerListener = true },
        Yes("disable_vrfy_command", "yes", "VRFY tells nothing.") with { PerListener = true },
        Number("line_length_limit", "2048", "The longest command line in bytes.") with { PerListener = true },
        Number("header_size_limit", "102400", "The longest header field in bytes; a message with a longer one is refused.") with { PerListener = true },
        Number("header_count_limit", "1000", "The most header fields of a message.") with { PerListener = true },
        Number("hopcount_limit", "50", "The most Received fields a message may have.") with { PerListener = true },

        Text("smtpd_banner", "$myhostname ESMTP $mail_name", "What follows 220 when a client connects.") with { PerListener = true },
        Choice("smtpd_upstream_proxy_protocol", "", "What the proxy before a listener speaks: each connection must begin with its header. Empty: there is no proxy.", "", "haproxy") with { PerListener = true },
        Duration("smtpd_upstream_proxy_timeout", "5s", "How long the header may take.") with { PerListener = true },
        Networks("smtpd_upstream_proxy_networks", "", "The proxies: others are closed. When it is empty, whoever reaches the listener is believed."),
        Networks("smtpd_authorized_xclient_hosts", "", "Who may use XCLIENT and so be anybody."),
        Networks("smtpd_authorized_xforward_hosts", "", "Who may use XFORWARD."),
        Yes("smtpd_helo_required", "yes", "MAIL needs HELO or EHLO before it.") with { PerListener = true },
        Yes("smtpd_delay_reject", "yes", "The client, helo and sender lists wait for RCPT."),
        Yes("smtpd_reject_unlisted_sender", "no", "Senders of our domains must exist."),
        Yes("smtpd_reject_unlisted_recipient", "yes", "Recipients of our domains must exist."),
        Tables("smtpd_sender_login_maps", "", "Which accounts own a sender address."),
        Yes("smtpd_sasl_auth_enable", "no", "Clients may log in.") with { PerListener = true },
        Text("smtpd_sasl_type", "passwords", "The authenticator, by the name a plugin gave it."),
        List("smtpd_sasl_mechanism_filter", "", "Which mechanisms of the authenticator are offered: names, `!` before one that is not, `static:rest` for all others. When it is empty, `PLAIN, LOGIN` of `passwords` and `!EXTERNAL, static:rest` of others.") with
        {
            PerListener = true,
            FindMistake = words => MechanismFilter.TryParse(words, out _, out var error) ? null : error,
        },
        SaslSecurityWords("smtpd_sasl_security_options", "noanonymous", "What a mechanism must be to be offered: `noplaintext`, `noactive`, `nodictionary`, `noanonymous`, `forward_secrecy`, `mutual_auth`."),
        SaslSecurityWords("smtpd_sasl_tls_security_options", "$smtpd_sasl_security_options", "The same under TLS."),
        Networks("smtpd_sasl_exceptions_networks", "", "Clients that no login is offered to."),
        Yes("broken_sasl_auth_clients", "no", "EHLO announces logins a second time, as `AUTH=`, for clients of last century.") with { PerListener = true },
        Yes("smtpd_sasl_authenticated_header", "no", "The Received field names the account that sent the message.") with { PerListener = true },
        Number("smtpd_sasl_response_limit", "12288", "The longest line of a login in bytes.") with { PerListener = true },
        Number("smtpd_sasl_failure_limit", "20", "Failed logins of a client (an IPv6 /64) before its logins are refused; 0 for no limit. `mynetworks` are exempt.") with { PerListener = true },
        Number("smtpd_sasl_account_failure_limit", "10", "Failed logins of an account before clients that it is not known from are answered later and later; 0 for no limit.") with { PerListener = true },
        Duration("smtpd_sasl_failure_window", "10m", "How long failed logins count.") with { PerListener = true },
        Yes("smtpd_tls_auth_only", "yes", "Logins need TLS.") with { PerListener = true },
        Choice("smtpd_tls_security_level", "may", "Whether clients may or must use TLS; it takes a certificate.", "none", "may", "encrypt") with { PerListener = true },
        Protocols("smtpd_tls_protocols", ">=TLSv1", "The versions of TLS where it is optional. OpenSSL's security level, as Debian sets it, may still refuse TLS 1.0 and 1.1."),
        Protocols("smtpd_tls_mandatory_protocols", ">=TLSv1.2", "The versions of TLS with the level `encrypt` and with implicit TLS."),
        Duration("smtpd_starttls_timeout", "${stress?{10}:{300}}s", "How long a handshake may take.") with { PerListener = true },
        Choice("smtpd_tls_loglevel", "0", "With 1 each handshake leaves a line in the log.", "0", "1") with { PerListener = true },
        Yes("smtpd_tls_received_header", "no", "The Received field tells the version of TLS and the cipher.") with { PerListener = true },
        File("smtpd_tls_cert_file", "", "The certificate with its chain, as PEM.") with { PerListener = true },
        File("smtpd_tls_key_file", "$smtpd_tls_cert_file", "Its private key, as PEM.") with { PerListener = true },
        Yes("smtpd_tls_ask_ccert", "no", "Clients are asked for a certificate; policies see it.") with { PerListener = true },
        Yes("smtpd_tls_req_ccert", "no", "Where TLS is a must, only clients with a certificate signed by `smtpd_tls_CAfile` may go on.") with { PerListener = true },
        File("smtpd_tls_CAfile", "", "The certificates of those who may sign clients' certificates, as PEM.") with { PerListener = true },
        Yes("smtpd_peername_lookup", "yes", "The client's name is asked of DNS.") with { PerListener = true },
        Number("smtpd_recipient_limit", "1000", "The most recipients of one transaction.") with { PerListener = true },
        Number("smtpd_recipient_overshoot_limit", "1000", "Recipients beyond that, refused, before each further one counts as an error.") with { PerListener = true },
        Number("smtpd_soft_error_limit", "10", "Errors before each further one is answered late.") with { PerListener = true },
        Number("smtpd_hard_error_limit", "${stress?{1}:{20}}", "Errors before the connection is closed.") with { PerListener = true },
        Number("smtpd_junk_command_limit", "${stress?{1}:{100}}", "Idle commands before each further one counts as an error.") with { PerListener = true },
        Duration("smtpd_error_sleep_time", "1s", "How late an error is answered.") with { PerListener = true },
        Duration("smtpd_timeout", "${stress?{10}:{300}}s", "How long a client may take for a command, and for the next piece of a message.") with { PerListener = true },
        Yes("smtpd_per_request_deadline", "yes", "`smtpd_timeout` is for a whole command, and for a whole message unless it comes at `smtpd_min_data_rate`; else for each piece.") with { PerListener = true },
        Number("smtpd_min_data_rate", "500", "Bytes a second that extend the deadline of a message.") with { PerListener = true },
        Choice("smtpd_forbid_bare_newline", "normalize", "What happens to lines that end without CR.", "normalize", "yes", "reject", "note", "no") with { PerListener = true },
        Number("smtpd_forbid_bare_newline_reject_code", "550", "The reply code of `smtpd_forbid_bare_newline = reject`.") with { PerListener = true },
        Networks("smtpd_forbid_bare_newline_exclusions", "$mynetworks", "Clients whose lines may end without CR."),
        Yes("smtpd_forbid_unauth_pipelining", "yes", "Clients that send ahead where the protocol forbids it are refused.") with { PerListener = true },
        List("smtpd_discard_ehlo_keywords", "", "Extensions that EHLO does not offer.") with { PerListener = true },
        Tables("smtpd_discard_ehlo_keyword_address_maps", "", "The same by client address, in the place of the list."),
        Number("smtpd_connection_limit", "5000", "Connections at a time from all clients; 0 for no limit. Beyond it a client is sent away, save one of `mynetworks` as long as a twentieth more is not used up. From four fifths on new sessions are under stress: `${stress?{…}:{…}}`."),
        Number("smtpd_client_connection_count_limit", "50", "Connections one client may have at a time; 0 for no limit.") with { PerListener = true },
        Number("smtpd_client_connection_rate_limit", "0", "Connections one client may make per `anvil_rate_time_unit`; 0 for no limit, here and below.") with { PerListener = true },
        Number("smtpd_client_message_rate_limit", "0", "Messages of one client per time unit.") with { PerListener = true },
        Number("smtpd_client_recipient_rate_limit", "0", "Recipients of one client per time unit.") with { PerListener = true },
        Number("smtpd_client_new_tls_session_rate_limit", "0", "TLS handshakes of one client per time unit.") with { PerListener = true },
        Number("smtpd_client_auth_rate_limit", "0", "Logins one client may try per time unit.") with { PerListener = true },
        Duration("anvil_rate_time_unit", "60s", "The time unit of these rates.") with { PerListener = true },
        Networks("smtpd_client_event_limit_exceptions", "$mynetworks", "Clients without these limits."),
        Number("smtpd_client_ipv4_prefix_length", "32", "How many bits of an IPv4 address make a client.") with { PerListener = true },
        Number("smtpd_client_ipv6_prefix_length", "84", "How many bits of an IPv6 address make a client.") with { PerListener = true },
        Duration("postscreen_greet_wait", "0s", "How long a client waits for the greeting, its first time; 0 for not at all.") with { PerListener = true },
        Text("postscreen_greet_banner", "$smtpd_banner", "What is said of the greeting before the wait; nothing when empty.") with { PerListener = true },
        Choice("postscreen_greet_action", "ignore", "What happens to a client that talks in the wait.", "ignore", "enforce", "drop") with { PerListener = true },
        Duration("postscreen_greet_ttl", "1d", "How long a client that waited need not again.") with { PerListener = true, Unit = 'd' },

        .. MilterKeys.All(),
        .. ReceiveKeys.All(),
        .. RestrictionKeys.All(),

        Domains("virtual_mailbox_domains", "", "The domains of virtual mailboxes."),
        Tables("virtual_mailbox_maps", "", "The virtual mailboxes: address to path."),
        Tables("virtual_alias_maps", "", "Addresses that stand for others."),
        Domains("virtual_alias_domains", "", "Domains of aliases only."),
        File("virtual_mailbox_base", "mail", "The folder that virtual mailboxes are in."),
        .. MailboxKeys.All(),
        Number("virtual_alias_expansion_limit", "1000", "The most addresses one recipient may become."),
        Number("virtual_alias_recursion_limit", "1000", "How deep aliases may name aliases."),
        .. RewritingKeys.All(),
        Domains("relay_domains", "", "Domains that mail is taken for and passed on."),
        Domains("fast_flush_domains", "$relay_domains", "The domains, with those below them, that ETRN is served for."),
        Tables("relay_recipient_maps", "", "The addresses of relay domains; without it all are taken."),
        Tables("local_recipient_maps", "", "The addresses of local domains. When it is not given all are taken, but with `local_transport = local` the users of this machine (`unix:passwd.byname`) and `alias_maps`."),
        Text("recipient_delimiter", "", "What parts a local part from its extension."),
        Text("virtual_transport", "maildir", "How virtual mailboxes are delivered."),
        Text("local_transport", "maildir", "How local mailboxes are delivered; `local` is Postfix's way, with aliases(5) and the users of this machine."),
        .. LocalKeys.All(),
        Text("default_transport", "smtp", "How other mail is delivered."),
        Text("relay_transport", "smtp", "How relay domains are delivered."),
        Text("relayhost", "", "The next hop of other mail; empty for MX."),
        Tables("transport_maps", "", "Transports and next hops of single addresses and domains."),
        .. ClientKeys.All(),
        Tables("sender_dependent_relayhost_maps", "", "The next hop of other mail by sender, in the place of `relayhost`: `user@domain` or `@domain`, `<>` for reports."),
        Tables("sender_dependent_default_transport_maps", "", "The same in the place of `default_transport`."),

        Text("address_verify_sender", "$double_bounce_sender", "Who address probes come from, completed with `myorigin`; `<>` for the null sender, which some servers refuse."),
        Duration("address_verify_sender_ttl", "0s", "How often a number at the end of its local part changes, so that nobody can write to it for long; 0 for no number."),
        Text("address_verify_map", "verify_cache", "The file that keeps what probes found, in the queue's folder when relative; empty for memory only. It changes with the next start."),
        Duration("address_verify_positive_expire_time", "31d", "How long an address that takes mail is known to.") with { Unit = 'd' },
        Duration("address_verify_positive_refresh_time", "7d", "After which time it is probed again, while what is known goes on to be believed.") with { Unit = 'd' },
        Yes("address_verify_negative_cache", "yes", "Failed probes are remembered too; otherwise each mail for such an address sends one."),
        Duration("address_verify_negative_expire_time", "3d", "How long an address that takes no mail is known not to.") with { Unit = 'd' },
        Duration("address_verify_negative_refresh_time", "3h", "After which time it is probed again.") with { Unit = 'h' },
        Duration("address_verify_cache_cleanup_interval", "12h", "How often what has expired is removed; 0 for never.") with { Unit = 'h' },
        Number("address_verify_poll_count", "${stress?{1}:{3}}", "How often a session looks for the outcome of a probe; 1 defers every new address."),
        Duration("address_verify_poll_delay", "3s", "How long it waits in between; it goes on at once when the outcome is there."),
        Text("address_verify_local_transport", "$local_transport", "In the place of `local_transport` for probes, and so on."),
        Text("address_verify_virtual_transport", "$virtual_transport", "Likewise."),
        Text("address_verify_relay_transport", "$relay_transport", "Likewise."),
        Text("address_verify_default_transport", "$default_transport", "Likewise."),
        Text("address_verify_relayhost", "$relayhost", "Likewise."),
        Tables("address_verify_transport_maps", "$transport_maps", "Likewise."),

        Number("bounce_size_limit", "50000", "Larger messages are returned without their body."),
        File("bounce_template_file", "", "What bounces, warnings and success reports say, in the format of bounce(5); the words built in when empty."),
        Text("double_bounce_sender", "double-bounce", "Who sends what the postmaster reads. What fails of it is discarded, with a line in the log."),
        List("notify_classes", "resource, software", "What the postmaster is told of: `bounce`, `2bounce` (reports that could not be delivered), `delay`, and SMTP sessions with `policy`, `protocol`, `resource`, `software` or `data` trouble.") with
        {
            FindMistake = words => NotifyClassNames.TryParse(words, out _, out var error) ? null : error,
        },
        Text("bounce_notice_recipient", "postmaster", "Who gets copies of bounces, by `notify_classes`."),
        Text("2bounce_notice_recipient", "postmaster", "Who gets reports that could not be delivered."),
        Text("delay_notice_recipient", "postmaster", "Who gets copies of delay warnings."),
        Text("error_notice_recipient", "postmaster", "Who is told of sessions with trouble."),
        File("queue_directory", ".", "Where a relative `unix:` path of a next hop starts."),

        Duration("minimal_backoff_time", "300s", "The shortest time between two attempts."),
        Duration("maximal_backoff_time", "4000s", "The longest time between two attempts."),
        Duration("maximal_queue_lifetime", "5d", "How long mail is tried.") with { Unit = 'd' },
        Duration("bounce_queue_lifetime", "5d", "How long bounces are tried.") with { Unit = 'd' },
        Duration("delay_warning_time", "0h", "When the sender is told of a delay; 0 for never.") with { Unit = 'h' },
        Number("queue_minfree", "0", "Bytes that must stay free where the queue is; 0 for one and a half messages."),
        Tables("sender_priority_maps", "", "Senders, or their domains, whose mail has a priority: `high`, `normal` or `low`. Where messages wait at one destination, a higher one has four turns to one of the next lower."),
        .. TransportKeys.Defaults,

        Users("authorized_submit_users", "static:anyone", "The users of this machine who may submit mail: login names, `!name` for one who may not, `static:anyone`; the first that fits decides."),
        Users("authorized_mailq_users", "static:anyone", "Who of them may list the queue."),
        Users("authorized_flush_users", "static:anyone", "Who of them may have the queue tried now."),
        List("message_drop_headers", "bcc, content-length, resent-bcc, return-path", "The header fields that locally submitted mail loses."),

        Text("syslog_name", "policymta", "The program's name in the system log."),
        Text("syslog_facility", "mail", "The system log's facility."),
        Duration("generation_max_age", "10m", "How long a session may stay on rules that were replaced."),
        Text("stress", "", "`yes` in the second reading of each parameter, which sessions under stress follow."),
        Yes("watch", "no", "Changed files are put in force without being asked."),
    ];

    /// <summary><c>[listeners.NAME]</c>, besides the parameters a listener may have of its own.</summary>
    public static IReadOnlyList<KeyDefinition> Listener { get; } =
    [
        Text("address", "", "Where to listen: `127.0.0.1:25`, `[::1]:25`, `:25` for the addresses of `inet_interfaces`, `unix:path`, `systemd:NAME` for a socket that the service manager passes (`systemd:NAME#2` for the second of one name)."),
        Text("mode", "", "The file mode of a unix socket, as `0660`: who may connect. When empty, the process's umask says it."),
        Yes("trust_unix_clients", "no", "Clients of a unix socket count as part of `mynetworks`."),
        Text("service", "", "What serves its connections in another protocol, by the name a plugin gave it, as `socketmap:users=texthash:users,aliases`; or `policy`, `policy:FOLDER`: another server asks the policies. Clients must be of `mynetworks`, or come by a unix socket. With it `protocol`, `tls` and `policies` mean nothing."),
        Choice("protocol", "smtp", "What it speaks. With LMTP each recipient hears its own reply at the end of a message.", "smtp", "lmtp"),
        Choice("tls", "", "Whether TLS starts with STARTTLS or the connection; `starttls` when there is a certificate.", "none", "starttls", "implicit"),
        Text("policies", "", "The folder under `policies/` that overrides lists; the listener's name when empty."),
    ];

    /// <summary><c>[services.NAME]</c>.</summary>
    public static IReadOnlyList<KeyDefinition> Service { get; } =
    [
        Text("listen", "", "The unix socket, which begins at `queue_directory`, as `private/policy-spf`. Its folder is made when it is not there."),
        Text("mode", "0600", "The socket's file mode: who may connect."),
        List("command", "", "The program by its full path, and its arguments, which no shell reads. It is started for each connection, which is its standard input and output."),
        Text("user", "", "The user it runs as; ours when empty."),
        File("directory", "/", "The folder it runs in."),
        Duration("time_limit", "1000s", "A process that lasts longer is ended."),
        Number("process_limit", "100", "How many processes there are at a time; further connections wait."),
    ];

    /// <summary><c>[certificates."NAME"]</c>.</summary>
    public static IReadOnlyList<KeyDefinition> Certificate { get; } =
    [
        File("cert_file", "", "The certificate with its chain, as PEM, for clients that ask for this name; `*.example.org` stands for any one label."),
        File("key_file", "", "Its private key; in `cert_file` when empty."),
    ];

    /// <summary><c>[tables.NAME]</c>. All other keys are the table's own.</summary>
    public static IReadOnlyList<KeyDefinition> Table { get; } =
    [
        Text("type", "", "The table's type, as `sqlite`."),
        Text("path", "", "Its file."),
        Text("name", "", "Whatever else the type takes behind its colon, as `inet:host:port:name`."),
    ];

    /// <summary><c>[http.NAME]</c> and <c>[events.NAME]</c>.</summary>
    public static IReadOnlyList<KeyDefinition> Endpoint { get; } =
    [
        Text("url", "", "Where: http or https. Redirects are not followed, and no proxy is used."),
        Duration("timeout", "5s", "How long an answer may take; a rule's own budget may be shorter."),
        File("token_file", "", "A file whose text is sent as a bearer token; read each time."),
        Number("size_limit", "65536", "The longest answer, in bytes."),
    ];

    /// <summary><c>[pools.NAME]</c>.</summary>
    public static IReadOnlyList<KeyDefinition> Pool { get; } =
    [
        List("addresses", "", "This machine's addresses that mail may leave from when route.js or attempt.js names the pool; each attempt takes one of the next hop's family by chance. Mail does not leave from another one of that family."),
    ];

    /// <summary><c>[transports.NAME]</c> of a command.</summary>
    public static IReadOnlyList<KeyDefinition> Transport { get; } =
    [
        List("command", "", "The program by its full path, and its arguments, which no shell reads. They may have macros: `${sender}`, `${recipient}`, `${original_recipient}`, `${user}`, `${extension}`, `${mailbox}`, `${domain}`, `${nexthop}`, `${queue_id}`, `${size}`, `${client_address}`, `${client_hostname}`, `${client_helo}`, `${client_protocol}`, `${sasl_username}`; `$$` is a dollar. An argument with a recipient's macro stands once for each. The exit code counts as in sysexits.h."),
        Text("user", "", "The user it runs as; ours when empty."),
        File("directory", "/", "The folder it runs in."),
        Text("flags", "", "pipe(8)'s letters: `F`, `R`, `O`, `D` put a From_ line, Return-Path, X-Original-To, Delivered-To in front; with `O` or `D` it is run for each recipient. `B` puts an empty line behind, `.` and `>` guard lines that begin with a dot or From, `h` and `u` fold the case of domains and users, `q` quotes addresses."),
        Text("eol", "\\n", "What ends a line."),
        Number("size", "0", "Larger messages are returned; 0 for no limit."),
        Text("null_sender", "MAILER-DAEMON", "What `${sender}` is for a null sender."),
        Duration("time_limit", "1000s", "A command that takes longer is ended, and the mail is tried again."),
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
        ["counters"] =
        [
            Choice("store", "sqlite", "What keeps the numbers that policies count with (`rate`, `greylist`, `counter`): `sqlite`, or `memory`, which a restart empties.", "sqlite", "memory"),
            File("file", "counters.sqlite3", "The file of `sqlite`; a crash forgets the last second."),
            Number("limit", "1000000", "How many are kept; beyond it those go whose time ends first."),
        ],
        ["local_submission"] =
        [
            Yes("enabled", "yes", "Mail that users of this machine submit with `sendmail` is picked up."),
            File("folder", "maildrop", "Where they put it."),
            Text("mode", "2770", "The folder's mode: who may submit. `2770` is the server's user and the folder's group, `3773` is everybody."),
        ],
        ["postfixadmin"] =
        [
            Text("database", "", "PostfixAdmin's database: `sqlite:/path/postfixadmin.db`, `pgsql://user@host/database`, `mysql://user@host/database`. It is then all maps and logins that the file does not name itself."),
            File("password_file", "", "The file that holds the password of that user."),
        ],
        ["policy"] =
        [
            File("folder", "policies", "Where the policies are."),
            File("shadow", "", "A second folder of policies, which are asked beside those in force, without effect; none when empty."),
            File("trace_database", "traces/decisions.db", "Where the decisions of sessions are kept for `policymta explain`; nowhere when empty."),
            Duration("trace_lifetime", "7d", "How long they are kept."),
            Number("trace_size", "268435456", "How many bytes of them are kept; the oldest go first."),
        ],
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

    private static KeyDefinition SaslSecurityWords(string name, string value, string what) => List(name, value, what) with
    {
        PerListener = true,
        FindMistake = words => SaslSecurityOptions.TryParse(words, out _, out var error) ? null : error,
    };

    private static KeyDefinition Users(string name, string value, string what) => List(name, value, what) with { FindMistake = UserList.FindMistake };
    private static KeyDefinition Text(string name, string value, string what) => new(name, KeyKind.Text, value, what);
    private static KeyDefinition Number(string name, string value, string what) => new(name, KeyKind.Number, value, what);
    private static KeyDefinition Yes(string name, string value, string what) => new(name, KeyKind.Boolean, value, what);
    private static KeyDefinition Duration(string name, string value, string what) => new(name, KeyKind.Duration, value, what);
    private static KeyDefinition List(string name, string value, string what) => new(name, KeyKind.List, value, what);
    private static KeyDefinition Networks(string name, string value, string what) => new(name, KeyKind.Networks, value, what) { PerListener = true };
    private static KeyDefinition Protocols(string name, string value, string what) => new(name, KeyKind.TlsProtocols, value, what) { PerListener = true };
    private static KeyDefinition Tables(string name, string value, string what) => new(name, KeyKind.Tables, value, what);
    private static KeyDefinition Domains(string name, string value, string what) => new(name, KeyKind.Domains, value, what);
    private static KeyDefinition File(string name, string value, string what) => new(name, KeyKind.FilePath, value, what);

    private static KeyDefinition Choice(string name, string value, string what, params string[] choices) => new(name, KeyKind.Choice, value, what) { Choices = choices };
}
