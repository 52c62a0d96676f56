using Jint.Native;
using PolicyMTA.Policy.Types;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>A member of the contexts. An immutable value.</summary>
/// <param name="Declaration">Its name and type, as TypeScript writes them.</param>
/// <param name="From">The least context that has it.</param>
/// <param name="Read">What it is; undefined in a stage that lacks it.</param>
internal sealed record ContextMember(string Declaration, Type From, Func<ContextState, JsValue> Read)
{
    public string Name { get; } = TypeDeclaration.NameOf(Declaration);
}
