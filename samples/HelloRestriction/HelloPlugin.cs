using HelloRestriction;
using PolicyMTA.Sdk;

[assembly: Plugin<HelloPlugin>]

namespace HelloRestriction;

/// <summary>The smallest plugin: <c>r.reject_hello('spammer.example')</c> refuses clients that call themselves so.</summary>
public sealed class HelloPlugin : IPlugin
{
    public void Register(IPluginRegistry registry) => registry.AddRestriction("reject_hello", RejectHello, "name: string");

    private static IRestriction<HeloContext> RejectHello(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(1);
        var unwelcome = arguments.Text(0, "the HELO name to refuse");
        return Restriction.Of<HeloContext>(context =>
            string.Equals(context.Helo?.Name, unwelcome, StringComparison.OrdinalIgnoreCase)
                ? Refusals.Of(554, "5.7.1", "Hello, and good-bye", RefusedItem.Helo)
                : Verdict.Dunno);
    }
}
