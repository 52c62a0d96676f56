using Acornima;
using Acornima.Ast;
using Jint;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;
using Prepared = Jint.Prepared<Acornima.Ast.Module>;

namespace PolicyMTA.Policy.Loading;

/// <summary>Parses every file, and checks what can be seen without running it: imports, exports, awaits.</summary>
internal sealed class ModuleReader(PolicySource source, PolicyServices services, ErrorList errors)
{
    public Dictionary<string, Prepared> Read()
    {
        var modules = new Dictionary<string, Prepared>(StringComparer.Ordinal);
        foreach (var (file, text) in source.Files)
        {
            if (TryParse(file, text) is { } prepared) modules[file] = prepared;
        }
        foreach (var (file, prepared) in modules) new ModuleCheck(file, prepared.Program!, modules, source.Files, services.Tables, errors).Run();
        return modules;
    }

    private Prepared? TryParse(string file, string text)
    {
        try
        {
            return Engine.PrepareModule(text, file);
        }
        catch (Exception e) when (e is JintException or ParseErrorException)
        {
            var cause = e as ParseErrorException ?? e.InnerException as ParseErrorException;
            errors.Add(new Place(file, cause?.LineNumber ?? 0, cause is null ? 0 : cause.Column + 1), cause?.Description ?? "can't be parsed");
            return null;
        }
    }
}
