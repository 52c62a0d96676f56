using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client.Tls;

/// <summary>What TLS a next hop needs: <c>smtp_tls_policy_maps</c>, else <c>smtp_tls_security_level</c>.</summary>
internal static class TlsPolicyFinder
{
    private static readonly EnhancedStatus BadPolicy = new(4, 7, 5);
    private static readonly EnhancedStatus LookupFailed = new(4, 3, 0);

    /// <summary>The requirement, or why nobody can say: then mail waits rather than leave with less than was asked for. The cause is for the log.</summary>
    public static async ValueTask<(TlsRequirement? Requirement, Failure? Failure, string Cause)> FindAsync(ClientTls tls, string nextHop, CancellationToken cancellationToken)
    {
        if (tls.PolicyMaps.Count == 0) return (Of(tls, new TlsPolicyEntry(tls.Level, null, null, null), nextHop), null, "");
        foreach (var (key, isWhole) in Keys(nextHop))
        {
            foreach (var table in tls.PolicyMaps)
            {
                if (!isWhole && !table.AcceptsPartialKeys) continue;
                var result = await table.FindAsync(key, cancellationToken);
                if (result.IsFailure) return (null, Failure.Here(LookupFailed, "Temporary lookup error"), $"smtp_tls_policy_maps: {result.Failure}");
                if (!result.IsFound) continue;
                return TlsPolicyEntry.TryParse(result.Value!, out var entry, out var error)
                    ? (Of(tls, entry, nextHop), null, "")
                    : (null, Failure.Here(BadPolicy, "client TLS configuration problem"), $"smtp_tls_policy_maps: {key}: {error}");
            }
        }
        return (Of(tls, new TlsPolicyEntry(tls.Level, null, null, null), nextHop), null, "");
    }

    /// <summary>The domain of a next hop: without brackets and port.</summary>
    public static string DomainOf(string nextHop)
    {
        var text = nextHop.StartsWith("inet:", StringComparison.OrdinalIgnoreCase) ? nextHop[5..] : nextHop;
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end) return text[1..end].ToLowerInvariant();
        var colon = text.LastIndexOf(':');
        return (colon > 0 ? text[..colon] : text).ToLowerInvariant();
    }

    // The next hop as it was written; only a bare domain has parents (postconf(5) smtp_tls_policy_maps).
    private static IEnumerable<(string Key, bool IsWhole)> Keys(string nextHop)
    {
        var key = nextHop.ToLowerInvariant();
        yield return (key, true);
        if (key.AsSpan().ContainsAny("[]:/")) yield break;
        for (var dot = key.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = key.IndexOf('.', dot + 1)) yield return (key[dot..], false);
    }

    private static TlsRequirement Of(ClientTls tls, TlsPolicyEntry entry, string nextHop)
    {
        // There is no plain text to fall back to where the connection starts with the handshake.
        var level = tls.IsImplicit && entry.Level < TlsLevel.Encrypt ? TlsLevel.Encrypt : entry.Level;
        var match = level switch
        {
            TlsLevel.Verify => entry.Match ?? tls.VerifyMatch,
            TlsLevel.Secure => entry.Match ?? tls.SecureMatch,
            _ => "",
        };
        return new TlsRequirement(level, ForNextHop(match, nextHop), entry.Protocols ?? (level >= TlsLevel.Encrypt ? tls.MandatoryProtocols : tls.Protocols), entry.ServerName, tls.IsImplicit);
    }

    private static string ForNextHop(string match, string nextHop)
    {
        if (match.Length == 0) return "";
        var domain = DomainOf(nextHop);
        return string.Join(':', match.Split([':', ',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(word => word.ToLowerInvariant() switch
        {
            "nexthop" => domain.Replace(":", "%", StringComparison.Ordinal),
            "dot-nexthop" => "." + domain.Replace(":", "%", StringComparison.Ordinal),
            var name => name,
        }));
    }
}
