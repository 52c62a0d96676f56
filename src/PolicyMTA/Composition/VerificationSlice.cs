using PolicyMTA.Configuration;
using PolicyMTA.Delivery.Verification;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>What address verification goes by, in its own words.</summary>
internal static class VerificationSlice
{
    /// <summary>Its settings.</summary>
    public static VerificationSettings Of(Parameters parameters, ILookupTables tables)
    {
        // Opened now: a table may not be opened while a probe is on its way.
        ILookupTable[] transportMaps = [.. parameters.List("address_verify_transport_maps").Select(tables.Open)];
        return new VerificationSettings
        {
            Sender = Sender(parameters),
            Patience = Patience(parameters),
            StressedPatience = Patience(SmtpServiceSlice.UnderStress(parameters)),
            PositiveExpireTime = parameters.Duration("address_verify_positive_expire_time"),
            PositiveRefreshTime = parameters.Duration("address_verify_positive_refresh_time"),
            NegativeCache = parameters.Boolean("address_verify_negative_cache"),
            NegativeExpireTime = parameters.Duration("address_verify_negative_expire_time"),
            NegativeRefreshTime = parameters.Duration("address_verify_negative_refresh_time"),
            CleanupInterval = parameters.Duration("address_verify_cache_cleanup_interval"),
            Reroute = settings => settings with
            {
                LocalTransport = parameters.Text("address_verify_local_transport"),
                VirtualTransport = parameters.Text("address_verify_virtual_transport"),
                RelayTransport = parameters.Text("address_verify_relay_transport"),
                DefaultTransport = parameters.Text("address_verify_default_transport"),
                RelayHost = parameters.Text("address_verify_relayhost"),
                TransportMaps = transportMaps,
            },
        };
    }

    /// <summary><c>address_verify_sender</c>; the empty one and <c>&lt;&gt;</c> are the null sender.</summary>
    public static ProbeSender Sender(Parameters parameters)
    {
        var text = parameters.Text("address_verify_sender").Trim();
        var address = text is "" or "<>" ? Address.Null : Address.FromInternal(text);
        if (!address.IsNull && address.Domain.Length == 0) address = address with { Domain = parameters.Text("myorigin") };
        return new ProbeSender(address, parameters.Duration("address_verify_sender_ttl"));
    }

    /// <summary><c>address_verify_map</c>, beside the queue; empty for none.</summary>
    public static string MapFile(MailConfiguration configuration)
    {
        var name = configuration.Parameters.Text("address_verify_map").Trim();
        return name.Length == 0 ? "" : Path.Combine(configuration.Queue.Folder, name);
    }

    // smtpd(8) looks, waits, looks: the waits are one less than the looks.
    private static TimeSpan Patience(Parameters parameters) => parameters.Duration("address_verify_poll_delay") * Math.Max(0, parameters.Int32("address_verify_poll_count") - 1);
}
