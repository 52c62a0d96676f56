using PolicyMTA.Configuration;
using PolicyMTA.Delivery;

namespace PolicyMTA.Generations;

/// <summary>Finds transports and next hops that lead nowhere, before mail waits for them.</summary>
internal static class RouteChecks
{
    private static readonly string[] Transports = ["local_transport", "virtual_transport", "relay_transport", "default_transport"];
    // Their defaults are the others.
    private static readonly string[] OfProbes = ["address_verify_local_transport", "address_verify_virtual_transport", "address_verify_relay_transport", "address_verify_default_transport"];
    private static readonly string[] OfLocal = ["mailbox_transport", "fallback_transport"];
    private static readonly string[] WithNextHop = ["smtp", "relay", "lmtp"];

    /// <summary>Notes them at their places.</summary>
    /// <param name="scope">The generation.</param>
    /// <param name="ofPlugins">The transports of plugins.</param>
    /// <param name="report">Where they are noted.</param>
    public static void FindMistakes(GenerationScope scope, IEnumerable<string> ofPlugins, BuildReport report)
    {
        string[] known = [.. Deliverer.BuiltInTransports, .. scope.Configuration.Transports.Keys, .. ofPlugins];
        foreach (var (name, section) in scope.Configuration.Transports.Where(section => ofPlugins.Contains(section.Key))) report.Add(section.Position, $"a plugin has a transport '{name}' too: give this one another name");
        foreach (var name in Transports.Concat(OfLocal.Where(name => scope.Parameters.Text(name).Trim().Length > 0)).Concat(OfProbes.Where(scope.Parameters.Given.ContainsKey)))
        {
            var (transport, nextHop) = Split(scope.Parameters.Text(name));
            if (!known.Contains(transport)) report.Add(scope.Parameters.PositionOf(name), $"{name}: there is no transport '{transport}'{Spelling.Suggest(transport, known)}");
            // What a plugin's transport makes of its next hop is its own matter.
            else if (WithNextHop.Contains(transport) || scope.Configuration.Transports.GetValueOrDefault(transport) is TransportSection.Client) CheckNextHop(scope, name, nextHop, report);
        }
        CheckNextHop(scope, "relayhost", scope.Parameters.Text("relayhost").Trim(), report);
        CheckProbeSender(scope, report);
        if (scope.Parameters.Given.ContainsKey("address_verify_relayhost")) CheckNextHop(scope, "address_verify_relayhost", scope.Parameters.Text("address_verify_relayhost").Trim(), report);
    }

    private static void CheckProbeSender(GenerationScope scope, BuildReport report)
    {
        var text = scope.Parameters.Text("address_verify_sender").Trim();
        if (text.StartsWith('@') || text.EndsWith('@')) report.Add(scope.Parameters.PositionOf("address_verify_sender"), $"address_verify_sender: '{text}' is no address; give user@domain, user, or <> for the null sender");
    }

    private static void CheckNextHop(GenerationScope scope, string name, string nextHop, BuildReport report)
    {
        if (nextHop.Length == 0 || NextHopSyntax.IsValid(nextHop)) return;
        report.Add(scope.Parameters.PositionOf(name), $"{name}: '{nextHop}' is no next hop such as example.net, [192.0.2.1]:25, inet:host:port or unix:path");
    }

    private static (string Transport, string NextHop) Split(string entry)
    {
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (entry.Trim(), "") : (entry[..colon].Trim(), entry[(colon + 1)..].Trim());
    }
}
