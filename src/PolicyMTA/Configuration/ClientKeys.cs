using PolicyMTA.Delivery;
using PolicyMTA.Receiving;

namespace PolicyMTA.Configuration;

/// <summary>The parameters of the client: the same for <c>smtp</c> and <c>lmtp</c>, each with its prefix.</summary>
internal static class ClientKeys
{
    private const string Encoding = "disable_mime_output_conversion";

    /// <summary>The prefixes.</summary>
    public static IReadOnlyList<string> Prefixes { get; } = ["smtp", "lmtp"];

    /// <summary>All of them.</summary>
    public static IEnumerable<KeyDefinition> All() => Prefixes.SelectMany(Of).Append(Text("lmtp_tcp_port", "24", KeyKind.Number, "The port of LMTP servers where a next hop names none."));

    /// <summary>The names that a transport with settings of its own may have: those of its protocol, and how it encodes.</summary>
    public static IEnumerable<string> OfTransport(string prefix) => All().Select(key => key.Name).Where(name => name.StartsWith(prefix + "_", StringComparison.Ordinal)).Append(Encoding).Append($"{prefix}_generic_maps");

    private static IEnumerable<KeyDefinition> Of(string prefix) => Connections(prefix).Concat(Tls(prefix)).Concat(Logins(prefix)).Concat(Timeouts(prefix)).Concat(prefix == "smtp" ? OnlySmtp() : []);

    private static IEnumerable<KeyDefinition> Connections(string prefix)
    {
        var (hello, servers) = prefix == "smtp" ? ("EHLO", "other servers") : ("LHLO", "LMTP servers");
        yield return Text($"{prefix}_bind_address", "", KeyKind.Address, $"The IPv4 address that connections to {servers} come from.");
        yield return Text($"{prefix}_bind_address6", "", KeyKind.Address, $"The IPv6 address that connections to {servers} come from.");
        yield return Text($"{prefix}_bind_address_enforce", "no", KeyKind.Boolean, "Mail waits while that address can't be had; otherwise it goes from another one.");
        yield return Choice($"{prefix}_address_preference", "any", "Which addresses are tried first among equals.", "any", "ipv4", "ipv6");
        yield return Text($"{prefix}_randomize_addresses", "yes", KeyKind.Boolean, "Equal addresses are tried in random order.");
        yield return Text($"{prefix}_discard_ehlo_keywords", "", KeyKind.List, $"Extensions of servers to overlook in their reply to {hello}.");
        yield return Text($"{prefix}_discard_{(prefix == "smtp" ? "ehlo" : "lhlo")}_keyword_address_maps", "", KeyKind.Tables, "The same by server address, in the place of the list.");
        yield return Text($"{prefix}_line_length_limit", "998", KeyKind.Number, "The longest line that is sent; a longer one goes on in the next line, behind a space. 0 for no limit.");
        yield return Text($"{prefix}_skip_5xx_greeting", "yes", KeyKind.Boolean, "A server that greets with 5xx is passed over; otherwise mail is returned.");
        yield return Text($"{prefix}_mx_address_limit", "5", KeyKind.Number, "How many addresses one attempt tries; 0 for no limit.");
        yield return Text($"{prefix}_mx_session_limit", "2", KeyKind.Number, "With how many servers one attempt gets to talk; 0 for no limit.");
        yield return Text($"{prefix}_connection_cache_time_limit", "5s", KeyKind.Duration, "How long an idle connection is kept for the next message; 0 for not at all.");
        yield return Text($"{prefix}_connection_reuse_time_limit", "300s", KeyKind.Duration, "How old a connection may get.");
        yield return Text($"{prefix}_connection_reuse_count_limit", "0", KeyKind.Number, "How many messages a connection may carry; 0 for no limit.");
    }

    private static IEnumerable<KeyDefinition> OnlySmtp()
    {
        yield return Text("smtp_helo_name", "$myhostname", KeyKind.Text, "What we call ourselves to other servers.");
        yield return Text("smtp_always_send_ehlo", "yes", KeyKind.Boolean, "EHLO also to servers whose greeting does not say ESMTP.");
        yield return Text("smtp_never_send_ehlo", "no", KeyKind.Boolean, "HELO to all servers.");
        yield return Text("smtp_fallback_relay", "", KeyKind.List, "Next hops for mail whose own next hop is not found or does not take it now.");
        yield return Text(Encoding, "no", KeyKind.Boolean, "8-bit mail goes unchanged to servers that do not say that they take it; otherwise it is written in 7 bits.");
    }

    private static IEnumerable<KeyDefinition> Tls(string prefix)
    {
        yield return Choice($"{prefix}_tls_security_level", "may", "TLS towards servers: never, when offered, always, always with a certificate of the host's name, always with one of the next hop's name.", "none", "may", "encrypt", "verify", "secure");
        yield return Text($"{prefix}_tls_policy_maps", "", KeyKind.Tables, "The level by next hop, as `[host]:port`, `example.org` or `.example.org`, with `match=`, `protocols=`, `servername=`, `ciphers=` behind it.");
        yield return Text($"{prefix}_tls_CAfile", "", KeyKind.FilePath, "Whose certificates are believed, as PEM; those that the system believes when empty.");
        yield return Text($"{prefix}_tls_wrappermode", "no", KeyKind.Boolean, "The handshake comes before the greeting.");
        yield return Choice($"{prefix}_tls_loglevel", "0", "With 1 each handshake leaves a line in the log.", "0", "1");
        yield return Text($"{prefix}_tls_verify_cert_match", "hostname", KeyKind.Text, "The names a certificate may bear at level `verify`: `hostname`, `nexthop`, `dot-nexthop`, names, `.example.org`.");
        yield return Text($"{prefix}_tls_secure_cert_match", "nexthop, dot-nexthop", KeyKind.Text, "The same at level `secure`.");
        yield return Text($"{prefix}_tls_protocols", ">=TLSv1", KeyKind.TlsProtocols, "The versions of TLS at level `may`.");
        yield return Text($"{prefix}_tls_mandatory_protocols", ">=TLSv1.2", KeyKind.TlsProtocols, "The versions of TLS at the levels above it.");
    }

    private static IEnumerable<KeyDefinition> Logins(string prefix)
    {
        yield return Text($"{prefix}_sasl_auth_enable", "no", KeyKind.Boolean, "We log in at servers.");
        yield return Text($"{prefix}_sasl_password_maps", "", KeyKind.Tables, "`user:password` by next hop, host, or sender.");
        yield return Text($"{prefix}_sasl_security_options", "noplaintext, noanonymous", KeyKind.List, "What a mechanism must be to be used: `noplaintext`, `noactive`, `nodictionary`, `noanonymous`, `mutual_auth`.") with { FindMistake = FindOptionMistake };
        yield return Text($"{prefix}_sasl_tls_security_options", "noanonymous", KeyKind.List, "The same under TLS.") with { FindMistake = FindOptionMistake };
        yield return Text($"{prefix}_sasl_mechanism_filter", "", KeyKind.List, $"Which mechanisms are used of {string.Join(", ", ClientLogins.Known.Select(m => m.Name))}: names, `!` before one that is not, `static:rest`; all when empty.") with
        {
            FindMistake = words => MechanismFilter.TryParse(words, out _, out var error) ? null : error,
        };
        yield return Text($"{prefix}_sasl_auth_soft_bounce", "yes", KeyKind.Boolean, "A login that is refused for good defers mail; otherwise it is returned.");
        if (prefix == "smtp") yield return Text("smtp_sender_dependent_authentication", "no", KeyKind.Boolean, "`smtp_sasl_password_maps` is asked for the sender first.");
    }

    private static IEnumerable<KeyDefinition> Timeouts(string prefix)
    {
        var hello = prefix == "smtp" ? "helo" : "lhlo";
        yield return Text($"{prefix}_connect_timeout", "30s", KeyKind.Duration, "How long a connection may take.");
        yield return Text($"{prefix}_{hello}_timeout", "300s", KeyKind.Duration, "How long greeting, EHLO and each step of a login may take.");
        yield return Text($"{prefix}_starttls_timeout", "300s", KeyKind.Duration, "How long STARTTLS and its handshake may take.");
        yield return Text($"{prefix}_mail_timeout", "300s", KeyKind.Duration, "How long MAIL may take.");
        yield return Text($"{prefix}_rcpt_timeout", "300s", KeyKind.Duration, "How long RCPT may take.");
        yield return Text($"{prefix}_data_init_timeout", "120s", KeyKind.Duration, "How long DATA may take.");
        yield return Text($"{prefix}_data_xfer_timeout", "180s", KeyKind.Duration, "How long a server may take for a piece of a message.");
        yield return Text($"{prefix}_data_done_timeout", "600s", KeyKind.Duration, "How long a server may think about a whole message.");
        yield return Text($"{prefix}_rset_timeout", "20s", KeyKind.Duration, "How long RSET may take.");
    }

    private static string? FindOptionMistake(IReadOnlyList<string> words) => SaslSecurityOptions.TryParse(words, out _, out var error) ? null : error;

    private static KeyDefinition Text(string name, string value, KeyKind kind, string what) => new(name, kind, value, what);

    private static KeyDefinition Choice(string name, string value, string what, params string[] choices) => new(name, KeyKind.Choice, value, what) { Choices = choices };
}
