using Jint.Native;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Sdk;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting;

/// <summary><c>verify_address</c>: it waits half of what a function may take at most, so that the rule can still decide.</summary>
internal sealed class VerifyFunction(ScriptEngine script)
{
    public JsValue Verify(JsValue[] arguments)
    {
        var address = Address(script.Engine, arguments);
        if (address.Domain.Length == 0) throw Mistake(script.Engine, "verify_address wants a whole address");
        var verifier = script.Services.Verifier ?? throw Mistake(script.Engine, "there is no address verification here");
        return script.Pump.Promise("verify_address", arguments, () => AskAsync(verifier, address, script.Pump.Token), Record.Text);
    }

    private async ValueTask<string?> AskAsync(IAddressVerifier verifier, Sdk.Address address, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(script.Policies.Limits.Budget / 2, script.Services.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return (await verifier.VerifyAsync(address, isUnderStress: false, both.Token)).Standing switch
            {
                AddressStanding.Deliverable => "deliverable",
                AddressStanding.Undeliverable => "undeliverable",
                _ => "unknown",
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "unknown";
        }
    }
}
