using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Receiving;
using PolicyMTA.Smtp;

namespace PolicyMTA.Composition;

/// <summary>What receiving needs of a generation, in its own words.</summary>
internal static class ReceivingSlice
{
    /// <summary>The slice of a generation; valid as long as the generation is held.</summary>
    public static ReceivingGeneration Of(Generation generation) => new()
    {
        Hash = generation.Hash,
        Listeners = Listeners(generation).ToDictionary(l => l.Name, StringComparer.Ordinal),
        Policies = generation.Policies,
        Addresses = generation.Book,
        Authenticator = generation.Authenticator,
        FastFlushDomains = DomainList.Parse(
            generation.Parameters.List("fast_flush_domains"), generation.Tables, generation.Configuration.Tables.Keys.ToHashSet(StringComparer.Ordinal), DomainMatching.Subdomains),
        DiscardedEhloKeywordMaps = [.. generation.Parameters.List("smtpd_discard_ehlo_keyword_address_maps").Select(generation.Tables.Open)],
        MaxAge = generation.Parameters.Duration("generation_max_age"),
    };

    /// <summary>The listeners of a generation.</summary>
    public static IEnumerable<ListenerSettings> Listeners(Generation generation) => generation.Configuration.Listeners.Select(listener => new ListenerSettings
    {
        Name = listener.Name,
        EndPoint = listener.Address,
        Protocol = listener.Protocol,
        Tls = listener.Tls,
        PolicySet = listener.Policies,
        Certificate = generation.Certificates.GetValueOrDefault(listener.Name),
        Service = Service(listener.Parameters, listener.Protocol),
    });

    private static SmtpServiceSettings Service(Parameters parameters, ListenerProtocol protocol) => new()
    {
        HostName = parameters.Text("myhostname"),
        MailName = parameters.Text("mail_name"),
        Banner = protocol == ListenerProtocol.Lmtp ? parameters.Text("smtpd_banner").Replace(" ESMTP", " LMTP", StringComparison.Ordinal) : parameters.Text("smtpd_banner"),
        MyNetworks = parameters.Networks("mynetworks"),
        MessageSizeLimit = parameters.Int64("message_size_limit"),
        SoftBounce = parameters.Boolean("soft_bounce"),
        HeloRequired = parameters.Boolean("smtpd_helo_required"),
        VrfyDisabled = parameters.Boolean("disable_vrfy_command"),
        TlsRequired = parameters.Text("smtpd_tls_security_level") == "encrypt",
        AuthEnabled = parameters.Boolean("smtpd_sasl_auth_enable"),
        AuthOnlyUnderTls = parameters.Boolean("smtpd_tls_auth_only"),
        PeerNameLookup = parameters.Boolean("smtpd_peername_lookup"),
        RecipientLimit = parameters.Int32("smtpd_recipient_limit"),
        SoftErrorLimit = parameters.Int32("smtpd_soft_error_limit"),
        HardErrorLimit = parameters.Int32("smtpd_hard_error_limit"),
        ErrorSleepTime = parameters.Duration("smtpd_error_sleep_time"),
        JunkCommandLimit = parameters.Int32("smtpd_junk_command_limit"),
        Timeout = parameters.Duration("smtpd_timeout"),
        ConnectionCountLimit = parameters.Int32("smtpd_client_connection_count_limit"),
        LineLengthLimit = parameters.Int32("line_length_limit"),
        HopCountLimit = parameters.Int32("hopcount_limit"),
        BareNewline = BareNewlineOf(parameters.Text("smtpd_forbid_bare_newline")),
        ForbidUnauthPipelining = parameters.Boolean("smtpd_forbid_unauth_pipelining"),
        DiscardedEhloKeywords = parameters.List("smtpd_discard_ehlo_keywords").Select(k => k.ToUpperInvariant()).ToHashSet(StringComparer.Ordinal),
        RequireTlsEnabled = parameters.Boolean("smtpd_requiretls_enable"),
        Syntax = new SmtpSyntax
        {
            StrictEnvelopes = parameters.Boolean("strict_rfc821_envelopes"),
            AllowSmtpUtf8 = parameters.Boolean("smtputf8_enable"),
            StrictSmtpUtf8 = parameters.Boolean("strict_smtputf8"),
        },
    };

    private static BareNewline BareNewlineOf(string text) => text switch
    {
        "reject" => BareNewline.Reject,
        "note" or "no" => BareNewline.Note,
        _ => BareNewline.Normalize,
    };
}
