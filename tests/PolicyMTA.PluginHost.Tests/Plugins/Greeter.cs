using System.Reflection;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using PolicyMTA.Sdk;

[assembly: Plugin<Greeter.GreeterPlugin>]
#if V1
[assembly: AssemblyVersion("1.0.0.0")]
#else
[assembly: AssemblyVersion("2.0.0.0")]
#endif

namespace Greeter;

internal sealed class GreeterPlugin : IPlugin
{
#if V1
    private const string Greeting = "first";
#else
    private const string Greeting = "second";
#endif

    public void Register(IPluginRegistry registry)
    {
        registry.AddSetting("greeting_code", "550");
        registry.AddRestriction<ClientContext>("greet", (_, _) => new Greet());
    }

    private sealed class Greet : IRestriction<ClientContext>
    {
        private static readonly Regex Word = new("[a-z]+", RegexOptions.Compiled);

        public async ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return new Verdict.Log(Word.Match(Greeting).Value, IsWarning: false);
        }
    }
}
