using Acornima.Ast;
using Jint;
using Jint.Runtime.Modules;
using Module = Jint.Runtime.Modules.Module;

namespace PolicyMTA.Policy.Scripting;

/// <summary>The prepared modules of a generation, which every engine links for itself. Nothing else can be imported.</summary>
internal sealed class ModuleStore(IReadOnlyDictionary<string, Prepared<Acornima.Ast.Module>> modules) : IModuleLoader
{
    public const string PolicyModule = "policymta";

    /// <summary>What test files import, and what that is made of.</summary>
    public const string TestModule = "policymta/test", TestHostModule = "policymta/host";

    private static readonly string[] BuiltIn = [PolicyModule, TestModule, TestHostModule];

    public ResolvedSpecifier Resolve(string? referencingModuleLocation, ModuleRequest moduleRequest)
    {
        if (BuiltIn.Contains(moduleRequest.Specifier)) return new ResolvedSpecifier(moduleRequest, moduleRequest.Specifier, null, SpecifierType.Bare);
        var path = string.IsNullOrEmpty(referencingModuleLocation)
            ? moduleRequest.Specifier
            : ModulePath.Resolve(referencingModuleLocation, moduleRequest.Specifier);
        return new ResolvedSpecifier(moduleRequest, path ?? moduleRequest.Specifier, null, SpecifierType.RelativeOrAbsolute);
    }

    public Module LoadModule(Engine engine, ResolvedSpecifier resolved) => modules.TryGetValue(resolved.Key, out var prepared)
        ? ModuleFactory.BuildSourceTextModule(engine, prepared)
        : throw new PolicyMistakeException($"there is no module '{RefuseText(resolved.Key)}'");

    private static string RefuseText(string key) => key.Length > 100 ? key[..100] : key;
}
