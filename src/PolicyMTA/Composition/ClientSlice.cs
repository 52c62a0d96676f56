using System.Net;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Composition;

/// <summary>What the SMTP or LMTP client needs of a generation: the parameters of one prefix.</summary>
internal sealed class ClientSlice(Parameters parameters, ILookupTables tables, IReadOnlyDictionary<string, X509Certificate2Collection> authorities, string prefix)
{
    private bool IsSmtp => prefix == "smtp";

    public ClientSettings Read() => new()
    {
        Port = IsSmtp ? 25 : parameters.Int32("lmtp_tcp_port"),
        HeloName = IsSmtp ? Text("helo_name") : null,
        BindAddress = Address("bind_address"),
        BindAddress6 = Address("bind_address6"),
        EnforcesBindAddress = Yes("bind_address_enforce"),
        AddressPreference = Text("address_preference") switch { "ipv4" => AddressPreference.Ipv4, "ipv6" => AddressPreference.Ipv6, _ => AddressPreference.Any },
        RandomizesAddresses = Yes("randomize_addresses"),
        FallbackRelays = IsSmtp ? parameters.List("smtp_fallback_relay") : [],
        AlwaysSaysEhlo = !IsSmtp || Yes("always_send_ehlo"),
        NeverSaysEhlo = IsSmtp && Yes("never_send_ehlo"),
        SkipsPermanentGreeting = Yes("skip_5xx_greeting"),
        DiscardedKeywords = parameters.List($"{prefix}_discard_ehlo_keywords"),
        DiscardedKeywordMaps = Tables(IsSmtp ? "discard_ehlo_keyword_address_maps" : "discard_lhlo_keyword_address_maps"),
        SendsEightBitAnyway = parameters.Boolean("disable_mime_output_conversion"),
        LineLengthLimit = parameters.Int32($"{prefix}_line_length_limit"),
        Tls = ReadTls(),
        Logins = ReadLogins(),
        Timeouts = ReadTimeouts(),
        ConnectionCacheTime = Time("connection_cache_time_limit"),
        ConnectionReuseTime = Time("connection_reuse_time_limit"),
        ConnectionReuseCount = parameters.Int32($"{prefix}_connection_reuse_count_limit"),
        MxAddressLimit = parameters.Int32($"{prefix}_mx_address_limit"),
        MxSessionLimit = parameters.Int32($"{prefix}_mx_session_limit"),
    };

    private ClientTls ReadTls() => new()
    {
        Level = Text("tls_security_level") switch
        {
            "none" => TlsLevel.None,
            "encrypt" => TlsLevel.Encrypt,
            "verify" => TlsLevel.Verify,
            "secure" => TlsLevel.Secure,
            _ => TlsLevel.May,
        },
        PolicyMaps = Tables("tls_policy_maps"),
        TrustedRoots = parameters.FilePath($"{prefix}_tls_CAfile") is { } file ? authorities[file] : null,
        IsImplicit = Yes("tls_wrappermode"),
        LogsHandshakes = Text("tls_loglevel") != "0",
        VerifyMatch = Text("tls_verify_cert_match"),
        SecureMatch = Text("tls_secure_cert_match"),
        Protocols = TlsProtocolList.TryParse(Text("tls_protocols"), out var optional, out _) ? optional : default,
        MandatoryProtocols = TlsProtocolList.TryParse(Text("tls_mandatory_protocols"), out var mandatory, out _) ? mandatory : default,
    };

    private ClientLogins ReadLogins() => new()
    {
        PasswordMaps = Yes("sasl_auth_enable") ? Tables("sasl_password_maps") : [],
        Mechanisms = Mechanisms("sasl_security_options"),
        MechanismsUnderTls = Mechanisms("sasl_tls_security_options"),
        IsSenderDependent = IsSmtp && parameters.Boolean("smtp_sender_dependent_authentication"),
        IsRefusalTemporary = Yes("sasl_auth_soft_bounce"),
    };

    private List<string> Mechanisms(string options)
    {
        var words = parameters.List($"{prefix}_sasl_mechanism_filter");
        // Both were checked when the file was read; if they could not be read after all, nobody logs in.
        if (!SaslSecurityOptions.TryParse(parameters.List($"{prefix}_{options}"), out var security, out _) || !MechanismFilter.TryParse(words, out var filter, out _)) return [];
        return [.. ClientLogins.Known.Where(m => security.Allow(m) && (words.Count == 0 || filter.Allows(m.Name))).Select(m => m.Name)];
    }

    private ClientTimeouts ReadTimeouts() => new()
    {
        Connect = Time("connect_timeout"),
        Helo = Time(IsSmtp ? "helo_timeout" : "lhlo_timeout"),
        StartTls = Time("starttls_timeout"),
        Mail = Time("mail_timeout"),
        Recipient = Time("rcpt_timeout"),
        DataStart = Time("data_init_timeout"),
        DataTransfer = Time("data_xfer_timeout"),
        DataDone = Time("data_done_timeout"),
        Reset = Time("rset_timeout"),
    };

    private string Text(string name) => parameters.Text($"{prefix}_{name}");

    private bool Yes(string name) => parameters.Boolean($"{prefix}_{name}");

    private TimeSpan Time(string name) => parameters.Duration($"{prefix}_{name}");

    private IReadOnlyList<ILookupTable> Tables(string name) => [.. parameters.List($"{prefix}_{name}").Select(tables.Open)];

    private IPAddress? Address(string name) => IPAddress.TryParse(Text(name), out var address) ? address : null;
}
