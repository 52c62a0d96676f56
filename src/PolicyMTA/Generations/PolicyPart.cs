using PolicyMTA.Endpoints;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Brings the prepared policies into a generation.</summary>
internal sealed class PolicyPart(GenerationScope scope, BuildReport report)
{
    private const string Kind = "policies";

    /// <summary>Obtains the part: the earlier generation's when texts, plugins and all they used are the same; null when something is wrong.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="book">The address classes.</param>
    public StagePolicies? Obtain(PolicyTexts texts, GenerationPart book)
    {
        var basis = Basis(texts, book);
        if (texts.InForce.Problems.Count == 0 && texts.Shadow is not { Problems.Count: > 0 } && scope.FindUnchanged<StagePolicies>(Kind, "", basis, sameAddresses: true) is { } earlier) return scope.Keep(earlier).Value.Value;
        var services = new List<PluginServices>();
        var own = scope.Offer(null, "policy");
        own.Hold(book.Share());
        services.Add(own);
        var endpoints = EndpointsPart();
        own.Hold(endpoints.Share());
        if (Load(texts, Options(own, endpoints.Value.Value, services)) is { } policies) return scope.Add(Kind, "", new PluginMade<StagePolicies>(policies, basis, services)).Value.Value;
        foreach (var service in services) scope.Parts.Hold(service);
        return null;
    }

    /// <summary>Both sets, or none: a mistake in the shadow set is told like any other.</summary>
    private StagePolicies? Load(PolicyTexts texts, PolicyLoadOptions options)
    {
        var result = PolicyLoader.Load(texts.InForce, options);
        report.Add(result);
        if (texts.Shadow is not { } source) return result.Policies;
        var shadow = PolicyLoader.Load(source, options.ForShadow());
        report.Add(shadow);
        if (result.Policies is not null && shadow.Policies is not null) result.Policies.RunBeside(shadow.Policies, scope.World.Shadow);
        else if (shadow.Policies is not null) scope.Add(Kind, "shadow alone", new PluginMade<StagePolicies>(shadow.Policies, "", []));
        else if (result.Policies is not null) scope.Add(Kind, "without shadow", new PluginMade<StagePolicies>(result.Policies, "", []));
        return shadow.Policies is null ? null : result.Policies;
    }

    private string Basis(PolicyTexts texts, GenerationPart book)
    {
        var plugins = scope.Plugins.Parts.Where(p => p.Value.Declarations.Restrictions.Count > 0).OrderBy(p => p.Name, StringComparer.Ordinal);
        return ContentHash.OfTexts([texts.InForce.Hash, texts.Shadow?.Hash ?? "", book.Hash, .. Sets().Order(StringComparer.Ordinal), "\n", .. plugins.SelectMany(p => new[] { p.Name, p.Value.Hash }), .. Flags.Select(scope.Parameters.Text), EndpointsBasis()]);
    }

    private GenerationPart<PluginMade<PolicyEndpoints>> EndpointsPart()
    {
        var (configuration, world) = (scope.Configuration, scope.World);
        return scope.Obtain("endpoints", "", EndpointsBasis(), null, _ => new PolicyEndpoints(configuration.HttpEndpoints, configuration.EventEndpoints, world.PolicyCounters, world.Time, world.Logging.CreateLogger("policy")));
    }

    private string EndpointsBasis() => ContentHash.OfTexts([.. from endpoint in scope.Configuration.HttpEndpoints.Concat(scope.Configuration.EventEndpoints.Select(e => KeyValuePair.Create("events." + e.Key, e.Value))) select $"{endpoint.Key} {endpoint.Value}"]);

    private static IEnumerable<string> Flags => ["smtpd_delay_reject", "smtpd_reject_unlisted_sender", "smtpd_reject_unlisted_recipient"];

    private HashSet<string> Sets() => [.. scope.Configuration.Listeners.Select(l => l.Service is null ? l.Policies : l.DelegatedPolicies).OfType<string>()];

    private PolicyLoadOptions Options(PluginServices own, PolicyEndpoints endpoints, List<PluginServices> services)
    {
        var restrictions = new Dictionary<string, RestrictionDeclaration>(StringComparer.Ordinal);
        foreach (var plugin in scope.Plugins.Parts.Where(p => p.Value.Declarations.Restrictions.Count > 0))
        {
            var offered = scope.Offer(plugin, "");
            services.Add(offered);
            foreach (var (name, factory) in plugin.Value.Declarations.Restrictions) restrictions[name] = factory.Bind(offered);
        }
        return new PolicyLoadOptions
        {
            Restrictions = restrictions,
            Sets = Sets(),
            DelayReject = scope.Parameters.Boolean("smtpd_delay_reject"),
            RejectUnlistedSender = scope.Parameters.Boolean("smtpd_reject_unlisted_sender"),
            RejectUnlistedRecipient = scope.Parameters.Boolean("smtpd_reject_unlisted_recipient"),
            // Nobody waits where the clock stands still.
            Limits = scope.World.Rehearsal is null ? new PolicyLimits() : new PolicyLimits { Delay = TimeSpan.Zero },
            Services = new PolicyServices
            {
                Tables = own,
                Dns = own.Dns,
                Verifier = own.Verifier,
                Counters = scope.World.Counters,
                Endpoints = scope.World.Rehearsal?.Endpoints ?? endpoints,
                Time = own.Time,
                Logger = own.Logger,
                Rules = scope.World.Rules,
                Recorder = scope.World.Recorder,
                Sessions = scope.World.Sessions,
            },
        };
    }
}
