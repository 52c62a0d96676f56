using Jint;
using Jint.Native;
using Jint.Native.Object;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting;

/// <summary>A verdict in JavaScript: branded by its type, which a policy can't forge.</summary>
internal sealed class VerdictHandle(Engine engine, Verdict verdict, string? relayWhy = null) : ObjectInstance(engine)
{
    public Verdict Verdict { get; } = verdict;

    public string? RelayWhy { get; } = relayWhy;
}

/// <summary>What <c>r.NAME(…)</c> gives. While policies are loaded it holds the restriction; in a session the name is enough.</summary>
internal sealed class RestrictionHandle(Engine engine, string name, MadeRestriction? made = null) : ObjectInstance(engine)
{
    public string Name { get; } = name;

    public MadeRestriction? Made { get; } = made;
}

/// <summary>A restriction made at load, and where. <paramref name="Instance"/> is null when making it failed, which is reported already.</summary>
internal sealed record MadeRestriction(RestrictionDeclaration? Declaration, object? Instance, Place Place)
{
    /// <summary>Its name and arguments: two of the same are the same question.</summary>
    public string Signature { get; init; } = "";
}

/// <summary>What <c>rule(fn, options)</c> gives.</summary>
internal sealed class FunctionHandle(Engine engine, JsValue function, FunctionOptions options) : ObjectInstance(engine)
{
    public JsValue Function { get; } = function;

    public FunctionOptions Options { get; } = options;
}

/// <summary>What <c>per_recipient(fn)</c> gives.</summary>
internal sealed class PerRecipientHandle(Engine engine, JsValue inner) : ObjectInstance(engine)
{
    public JsValue Inner { get; } = inner;
}

/// <summary>What <c>warn_if_reject(rule)</c> gives.</summary>
internal sealed class WarnHandle(Engine engine, JsValue inner) : ObjectInstance(engine)
{
    public JsValue Inner { get; } = inner;
}
