using PolicyMTA.Receiving.Messages;

namespace PolicyMTA.Configuration;

/// <summary>The parameters of what happens to addresses and header fields on their way through.</summary>
internal static class RewritingKeys
{
    private static readonly string[] Uses = ["envelope_sender", "envelope_recipient", "header_sender", "header_recipient"];
    private static readonly string[] Extensions = ["canonical", "virtual", "generic", "alias", "forward", "include"];

    /// <summary>All of them.</summary>
    public static IEnumerable<KeyDefinition> All() => Forms().Concat(Maps()).Concat(Copies()).Concat(Headers()).Concat(Checks());

    private static IEnumerable<KeyDefinition> Forms()
    {
        yield return Yes("append_at_myorigin", "yes", "An address without a domain gets `myorigin`.");
        yield return Yes("append_dot_mydomain", "no", "A domain without a dot gets `mydomain`.");
        yield return Yes("percent_hack", "yes", "`user%domain` means `user@domain`.");
        yield return Yes("swap_bangpath", "yes", "`site!user` means `user@site`.");
        yield return Yes("resolve_dequoted_address", "yes", "A route hidden in a quoted local part counts: nobody relays through `\"user@elsewhere\"@ours`.");
        yield return Yes("allow_untrusted_routing", "no", "An address of ours may name a route to another domain, as `user@elsewhere@ours`.");
    }

    private static IEnumerable<KeyDefinition> Maps()
    {
        yield return Tables("canonical_maps", "What addresses become on their way into the queue: `user@domain`, `user`, `@domain`.");
        yield return Words("canonical_classes", string.Join(", ", Uses), "Where `canonical_maps` counts.", Uses);
        yield return Tables("sender_canonical_maps", "The same for senders, before it.");
        yield return Words("sender_canonical_classes", "envelope_sender, header_sender", "Where `sender_canonical_maps` counts.", Uses);
        yield return Tables("recipient_canonical_maps", "The same for recipients.");
        yield return Words("recipient_canonical_classes", "envelope_recipient, header_recipient", "Where `recipient_canonical_maps` counts.", Uses);
        yield return List("masquerade_domains", "", "Domains that stand for all below them; `!` before one leaves what is below it alone. The first that fits decides.");
        yield return Words("masquerade_classes", "envelope_sender, header_sender, header_recipient", "Where `masquerade_domains` counts.", Uses);
        yield return new KeyDefinition("masquerade_exceptions", KeyKind.Domains, "", "Local parts that keep their domain; also tables of them.");
        yield return Tables("smtp_generic_maps", "What addresses become in mail that leaves by SMTP, in envelope and header fields.");
        yield return Tables("lmtp_generic_maps", "The same for LMTP.");
        yield return Words("propagate_unmatched_extensions", "canonical, virtual", "Which tables hand an address extension on that no key held.", Extensions);
        yield return Tables("relocated_maps", "Addresses that are no more, and where their users are: their mail is refused with that.");
        yield return Yes("relocated_prefix_enable", "yes", "`5.1.6 User has moved to` stands before it.");
        yield return new KeyDefinition("empty_address_relayhost_maps_lookup_key", KeyKind.Text, "<>", "What `sender_dependent_relayhost_maps` is asked for reports.");
        yield return new KeyDefinition("empty_address_default_transport_maps_lookup_key", KeyKind.Text, "<>", "What `sender_dependent_default_transport_maps` is asked for reports.");
        yield return new KeyDefinition("srs_secret_file", KeyKind.FilePath, "", "Mail that an alias sends elsewhere leaves with a sender of ours (SRS), so that SPF holds there; what comes back is led to the first sender. The file's lines are secrets: the first one signs, all are believed. When empty, senders stay what they are.");
        yield return new KeyDefinition("srs_domain", KeyKind.Text, "$myorigin", "The domain of these senders: one whose mail comes here and whose SPF record names this server.");
        yield return new KeyDefinition("srs_max_age", KeyKind.Duration, "21d", "How long mail may come back to them.");
        yield return Number("virtual_alias_address_length_limit", "1000", "The longest address an alias may become.");
    }

    private static IEnumerable<KeyDefinition> Copies()
    {
        yield return new KeyDefinition("always_bcc", KeyKind.Text, "", "Who gets a copy of everything.");
        yield return Tables("sender_bcc_maps", "Who gets a copy, by sender.");
        yield return Tables("recipient_bcc_maps", "Who gets a copy, by recipient.");
        yield return Yes("enable_original_recipient", "yes", "A mailbox that several recipients lead to gets a message for each, so that `X-Original-To` names it; otherwise one.");
        yield return Number("duplicate_filter_limit", "1000", "How many recipients of a message are remembered to find duplicates; 0 for all.");
    }

    private static IEnumerable<KeyDefinition> Headers()
    {
        yield return new KeyDefinition("local_header_rewrite_clients", KeyKind.Domains, "permit_inet_interfaces", "Whose header sections are completed like those of this machine's users: `permit_inet_interfaces`, `permit_mynetworks`, `permit_sasl_authenticated`, `permit_tls_all_clientcerts`, `check_address_map type:table`.") with { FindMistake = RewriteClients.FindMistake };
        yield return new KeyDefinition("remote_header_rewrite_domain", KeyKind.Text, "", "What completes addresses in the header sections of other people's mail; when empty nothing there is touched.");
        yield return Yes("always_add_missing_headers", "no", "From, Date and Message-Id are added to other people's mail too.");
        yield return new KeyDefinition("undisclosed_recipients_header", KeyKind.Text, "", "A whole field, for messages without To and Cc: `To: undisclosed-recipients:;`.") with { FindMistake = FindFieldMistake };
        yield return Number("header_address_token_limit", "10240", "How many words of a field are looked at for addresses.");
    }

    private static IEnumerable<KeyDefinition> Checks()
    {
        yield return Tables("header_checks", "Patterns for the fields of a message, and what to do: see header_checks(5).");
        yield return Tables("mime_header_checks", "The same for MIME fields.", "$header_checks");
        yield return Tables("nested_header_checks", "The same for the fields of attached messages.", "$header_checks");
        yield return Tables("body_checks", "The same for all other lines; encodings are not undone.");
        yield return Tables("milter_header_checks", "The same for fields that milters add or change, before the next milter sees them. Signatures are not looked at.");
        yield return Number("body_checks_size_limit", "51200", "How many bytes of each part of a message `body_checks` sees; 0 for all.");
        yield return Yes("disable_mime_input_processing", "no", "Everything behind the header section counts as body.");
        yield return Number("mime_nesting_limit", "100", "How deep parts may be within parts where checks look at them; a message with more is refused.");
        yield return Number("mime_boundary_length_limit", "2048", "How much of a boundary between parts counts.");
    }

    private static string? FindFieldMistake(IReadOnlyList<string> words) => words.Count == 0 || words[0].IndexOf(':', StringComparison.Ordinal) > 0 ? null : "write a whole field: To: undisclosed-recipients:;";

    private static KeyDefinition Yes(string name, string value, string what) => new(name, KeyKind.Boolean, value, what);

    private static KeyDefinition Number(string name, string value, string what) => new(name, KeyKind.Number, value, what);

    private static KeyDefinition List(string name, string value, string what) => new(name, KeyKind.List, value, what);

    private static KeyDefinition Tables(string name, string what, string value = "") => new(name, KeyKind.Tables, value, what);

    private static KeyDefinition Words(string name, string value, string what, string[] known) => List(name, value, what) with
    {
        FindMistake = words => words.FirstOrDefault(word => !known.Contains(word)) is { } wrong ? $"'{wrong}' is none of {string.Join(", ", known)}" : null,
    };
}
