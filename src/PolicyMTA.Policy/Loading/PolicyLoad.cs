using Jint;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;
using Prepared = Jint.Prepared<Acornima.Ast.Module>;

namespace PolicyMTA.Policy.Loading;

/// <summary>One loading of a set of policies: reads all, reports all, and gives policies only when nothing is wrong.</summary>
internal sealed class PolicyLoad(PolicySource source, PolicyLoadOptions options)
{
    private const string SharedFolder = "lib";
    private const string ClassFolder = "classes";

    private readonly ErrorList _errors = new(source.Name);

    public PolicyLoadResult Run()
    {
        foreach (var problem in source.Problems) _errors.Add(problem);
        CheckNames();
        var modules = new ModuleReader(source, options.Services, _errors).Read();
        var lists = new ListReader(modules, options, _errors);
        var read = StageFiles().Where(modules.ContainsKey).ToDictionary(f => f, lists.Read, StringComparer.Ordinal);
        var classes = ClassFiles().Where(modules.ContainsKey).ToDictionary(f => Path.GetFileNameWithoutExtension(f)!, lists.ReadClass, StringComparer.Ordinal);
        foreach (var (file, list) in read.Concat(classes.Values.Where(list => list.File.Length > 0).Select(list => KeyValuePair.Create(list.File, list))))
            new MemberCheck(file, modules[file].Program!, list.Stage, ContextShape.Of(list.Stage, options.DelayReject), _errors).Run();
        var sets = MakeSets(read, new ImpliedRules(options, lists, _errors));
        if (!_errors.IsEmpty)
        {
            DisposeAll(lists.Made);
            return new PolicyLoadResult(null, _errors.Errors, _errors.Warnings, source.Hash);
        }
        foreach (var set in sets.Values) GiveCounts(set);
        foreach (var (name, list) in classes) GiveCounts($"class {name}", list);
        var everywhere = read.Concat(classes.Values.Select(list => KeyValuePair.Create(list.File, list))).ToDictionary(StringComparer.Ordinal);
        var prepared = new PreparedPolicies(source.Hash, options, new ModuleStore(modules), everywhere, sets, classes, [.. lists.Made]);
        return new PolicyLoadResult(new StagePolicies(prepared), [], _errors.Warnings, source.Hash);
    }

    private IEnumerable<string> StageFiles() => source.Files.Keys.Where(f => IsStage(Path.GetFileNameWithoutExtension(f)) && FolderOf(f) is not (SharedFolder or ClassFolder) && !IsNested(f));

    private IEnumerable<string> ClassFiles() => source.Files.Keys.Where(f => FolderOf(f) == ClassFolder && !IsNested(f));

    private static bool IsStage(string name) => Stages.Names.Contains(name);

    private static bool IsOfDelivery(string name) => IsStage(name) && ((Stage)Stages.Names.ToList().IndexOf(name)).IsOfDelivery();

    private static bool IsNested(string file) => file.Count(c => c == '/') > 1;

    private static string FolderOf(string file) => file.Contains('/') ? file[..file.IndexOf('/', StringComparison.Ordinal)] : "";

    // A file that nothing reads is a rule that someone believes to be in force.
    private void CheckNames()
    {
        if (options.Sets.Contains(SharedFolder)) _errors.Add("", $"'{SharedFolder}' is the folder of shared modules, no name for a listener's set");
        if (options.Sets.Contains(ClassFolder)) _errors.Add("", $"'{ClassFolder}' is the folder of restriction classes, no name for a listener's set");
        foreach (var file in source.Files.Keys)
        {
            var folder = FolderOf(file);
            if (folder == SharedFolder) continue;
            if (folder == ClassFolder && !IsNested(file)) CheckClassName(file, Path.GetFileNameWithoutExtension(file));
            else if (folder == ClassFolder) _errors.Add(file, $"classes have no folders of their own; shared modules stand in {SharedFolder}/");
            else if (folder.Length > 0 && !options.Sets.Contains(folder))
                _errors.Add(file, $"no listener uses the set '{folder}'{Suggestion.For(folder, options.Sets.Append(SharedFolder))}");
            else if (folder.Length > 0 && IsOfDelivery(Path.GetFileNameWithoutExtension(file))) _errors.Add(file, "delivery knows no listener: this file stands beside the folders of the sets, not in one");
            else if (IsNested(file)) _errors.Add(file, $"sets have no folders of their own; shared modules stand in {SharedFolder}/");
            else CheckStageName(file, Path.GetFileNameWithoutExtension(file));
        }
    }

    // What a table says is an action first, then a class, then a restriction.
    private void CheckClassName(string file, string name)
    {
        if (!(name.Length > 0 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))) _errors.Add(file, $"'{name}' can't be the name of a class: small letters, digits and underscores can");
        else if (options.Restrictions.ContainsKey(name)) _errors.Add(file, $"'{name}' is a restriction already");
        else if (AccessAction.Parse(name) is not Verdict.Apply) _errors.Add(file, $"'{name}' is an action of access tables already");
    }

    private void CheckStageName(string file, string name)
    {
        if (IsStage(name)) return;
        _errors.Add(file, $"'{name}' is no stage{Suggestion.For(name, Stages.Names)}{(Suggestion.For(name, Stages.Names).Length == 0 ? $"; shared modules stand in {SharedFolder}/" : "")}");
    }

    private Dictionary<string, StageSet> MakeSets(Dictionary<string, StageList> read, ImpliedRules implied)
    {
        var sets = new Dictionary<string, StageSet>(StringComparer.Ordinal);
        foreach (var name in options.Sets.Append(""))
        {
            sets[name] = new StageSet([.. Enum.GetValues<Stage>().Select(stage => implied.Complete(Find(read, name, stage)))]);
        }
        return sets;
    }

    private static StageList Find(Dictionary<string, StageList> read, string set, Stage stage) =>
        (set.Length > 0 ? read.GetValueOrDefault($"{set}/{stage.Name()}.js") : null) ?? read.GetValueOrDefault(stage.Name() + ".js") ?? StageList.Empty(stage);

    private void GiveCounts(StageSet set)
    {
        foreach (var stage in Enum.GetValues<Stage>()) GiveCounts(stage.Name(), set[stage]);
    }

    private void GiveCounts(string stage, StageList list)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var rule in list.Implied is { } implied ? list.Rules.Append(implied) : list.Rules)
        {
            var file = rule.Place.File.Length > 0 ? list.File : "";
            seen[rule.Name] = seen.GetValueOrDefault(rule.Name) + 1;
            rule.Counts ??= options.Services.Rules.Of(stage, rule.Name, file, seen[rule.Name]);
        }
    }

    private static void DisposeAll(IEnumerable<object> restrictions)
    {
        foreach (var restriction in restrictions.OfType<IDisposable>()) restriction.Dispose();
    }
}
