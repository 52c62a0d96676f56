using Microsoft.Extensions.Logging;
using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Receiving;
using PolicyMTA.Receiving.Delegation;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;
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
        Cleanup = CleanupSlice.Of(generation),
        Submission = new LocalSubmissionSettings
        {
            HostName = generation.Parameters.Text("myhostname"),
            Receive = ReceiveSlice.Of(generation.Parameters),
            Milters = MilterSlice.Of(generation, generation.Parameters, "non_smtpd_milters"),
            MailName = generation.Parameters.Text("mail_name"),
            MessageSizeLimit = generation.Parameters.Int64("message_size_limit"),
            HopCountLimit = generation.Parameters.Int32("hopcount_limit"),
            AuthorizedUsers = UserList.Parse(generation.Parameters.List("authorized_submit_users")),
            DroppedHeaders = generation.Parameters.List("message_drop_headers"),
        },
        Authenticator = generation.Authenticator,
        FastFlushDomains = DomainList.Parse(
            generation.Parameters.List("fast_flush_domains"), generation.Tables, generation.Configuration.Tables.Keys.ToHashSet(StringComparer.Ordinal), DomainMatching.Subdomains),
        DiscardedEhloKeywordMaps = [.. generation.Parameters.List("smtpd_discard_ehlo_keyword_address_maps").Select(generation.Tables.Open)],
        RejectFilterMaps = [.. generation.Parameters.List("smtpd_reject_filter_maps").Select(generation.Tables.Open)],
        RejectFooterMaps = [.. generation.Parameters.List("smtpd_reject_footer_maps").Select(generation.Tables.Open)],
        IsProbeSender = VerificationSlice.Sender(generation.Parameters).IsMine,
        ConnectionLimit = generation.Parameters.Int32("smtpd_connection_limit"),
        MaxAge = generation.Parameters.Duration("generation_max_age"),
    };

    /// <summary>The listeners of a generation.</summary>
    public static IEnumerable<ListenerSettings> Listeners(Generation generation) => generation.Configuration.Listeners.Select(listener => Listener(generation, listener)).Concat(generation.Configuration.Services.Select(service => new ListenerSettings
    {
        Name = service.Name,
        EndPoint = service.Listen,
        SocketMode = service.Mode,
        MakesFolder = true,
        ConnectionService = generation.Spawned[service.Name],
        Service = SmtpServiceSlice.Of(generation.Parameters, ListenerProtocol.Smtp, generation.Authorities),
    }));

    private static ListenerSettings Listener(Generation generation, ListenerSection listener) => new()
    {
        Name = listener.Name,
        EndPoint = listener.Address,
        FurtherEndPoints = listener.Further,
        SocketMode = listener.Mode,
        TrustsUnixClients = listener.TrustsUnixClients,
        Proxy = Proxy(listener.Parameters),
        Protocol = listener.Protocol,
        ConnectionService = Service(generation, listener),
        Tls = listener.Tls,
        PolicySet = listener.Policies,
        Certificate = generation.Certificates.GetValueOrDefault(listener.Name)?.Served,
        NamedCertificates = new CertificateNames(generation.NamedCertificates.ToDictionary(c => c.Key, c => c.Value.Served, StringComparer.Ordinal)),
        Service = SmtpServiceSlice.Of(listener.Parameters, listener.Protocol, generation.Authorities) with { Receive = ReceiveSlice.Of(listener.Parameters), Milters = MilterSlice.Of(generation, listener.Parameters, "smtpd_milters"), MilterMaps = MilterSlice.Maps(generation, listener.Parameters) },
        Stressed = SmtpServiceSlice.OfStress(listener.Parameters, listener.Protocol, generation.Authorities) with { Receive = ReceiveSlice.Of(listener.Parameters), Milters = MilterSlice.Of(generation, listener.Parameters, "smtpd_milters"), MilterMaps = MilterSlice.Maps(generation, listener.Parameters) },
    };

    private static IConnectionService? Service(Generation generation, ListenerSection listener) => listener switch
    {
        { Service: null } => null,
        { DelegatedPolicies: { } set } => new PolicyServer(new DelegationSettings
        {
            Listener = listener.Name,
            Generation = generation.Hash,
            HostName = listener.Parameters.Text("myhostname"),
            MyNetworks = listener.Parameters.Networks("mynetworks"),
            Policies = generation.Policies,
            PolicySet = set,
            Addresses = generation.Book,
        }, generation.Scope.World.Time, generation.Scope.World.Logging.CreateLogger("policy")),
        _ => generation.ConnectionServices[listener.Service],
    };

    private static ProxySettings? Proxy(Parameters parameters) => parameters.Text("smtpd_upstream_proxy_protocol").Length == 0 ? null : new ProxySettings
    {
        Timeout = parameters.Duration("smtpd_upstream_proxy_timeout"),
        Networks = parameters.List("smtpd_upstream_proxy_networks").Count == 0 ? null : parameters.Networks("smtpd_upstream_proxy_networks"),
    };
}
