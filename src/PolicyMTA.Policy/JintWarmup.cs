using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Policy.Loading;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>The first use of the script engine in a process costs half a second of JIT; a program that starts does it beside its other work.</summary>
public static class JintWarmup
{
    private const string Policy = """
        import { reject, restrictions as r } from 'policymta';
        export default [r.warm_up('x', { y: 1 }), ({ client }) => { if (client === 1) return reject('x', { code: 550, status: '5.7.1' }); }];
        """;

    /// <summary>Runs a small policy once. Never throws; the caller awaits it before it ends.</summary>
    public static Task RunAsync() => Task.Run(static async () =>
    {
        var declaration = new RestrictionDeclaration("warm_up", typeof(ClientContext), "", static _ => new Nothing());
        var result = PolicyLoader.Load(
            new PolicySource(new Dictionary<string, string> { ["data.js"] = Policy }),
            new PolicyLoadOptions
            {
                Restrictions = new Dictionary<string, RestrictionDeclaration> { [declaration.Name] = declaration },
                Sets = new HashSet<string>(),
                RejectUnlistedRecipient = false,
                Services = new PolicyServices { Tables = new Nothing(), Dns = null!, Time = TimeProvider.System, Logger = NullLogger.Instance },
            });
        await using var policies = result.Policies;
    });

    private sealed class Nothing : IRestriction<ClientContext>, ILookupTables
    {
        public ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken) => new(Verdict.Dunno);

        public ILookupTable Open(string specification) => throw new ConfigurationException("there are no tables");
    }
}
