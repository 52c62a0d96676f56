using Acornima.Ast;
using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Runtime;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Sdk;
using Prepared = Jint.Prepared<Acornima.Ast.Module>;

namespace PolicyMTA.Policy.Loading;

/// <summary>Evaluates stage files and makes rules of what they export.</summary>
internal sealed class ListReader
{
    private static readonly TimeSpan EvaluationBudget = TimeSpan.FromSeconds(5);
    private const int EvaluationStatements = 10_000_000;

    private readonly Dictionary<string, Prepared> _modules;
    private readonly PolicyLoadOptions _options;
    private readonly ErrorList _errors;
    private readonly RuleBudget _budget = new();
    private readonly RestrictionMaker _maker;
    private readonly Engine _engine;
    private bool _isClass;

    public ListReader(Dictionary<string, Prepared> modules, PolicyLoadOptions options, ErrorList errors)
    {
        (_modules, _options, _errors) = (modules, options, errors);
        _maker = new RestrictionMaker(options.Restrictions, errors);
        _budget.Start(EvaluationStatements, EvaluationBudget);
        var random = new Random(0);
        _engine = EngineFactory.Create(new ModuleStore(modules), options.Limits, options.Services.Time.GetUtcNow, _budget, random.NextDouble);
        PolicyModule.Install(_engine, (name, arguments) => _maker.Make(_engine, name, arguments));
    }

    /// <summary>Every restriction made, also for lists that turned out wrong.</summary>
    public IReadOnlyList<object> Made => _maker.Made;

    /// <summary>A restriction that the configuration, not a file, puts into a list.</summary>
    public Rule? MakeBuiltIn(string name, Stage stage)
    {
        var made = _maker.Make(name, new RestrictionArguments(name, [], new Dictionary<string, object?>()), Place.None);
        return Bind(name, made, stage);
    }

    public StageList Read(string file) => Read(file, (Stage)Array.IndexOf([.. Stages.Names], Path.GetFileNameWithoutExtension(file)), isClass: false);

    /// <summary>A list that tables may name in any stage; most do at RCPT.</summary>
    public StageList ReadClass(string file) => Read(file, Stage.Recipient, isClass: true);

    private StageList Read(string file, Stage stage, bool isClass)
    {
        _isClass = isClass;
        if (_errors.HasErrorIn(file)) return StageList.Empty(stage);
        var exported = Evaluate(file);
        if (exported is null) return StageList.Empty(stage);
        var place = ExportPlace.OfDefault(_modules[file].Program!, file);
        if (exported.IsUndefined()) _errors.Add(place, "has no default export: a list of rules, or one function");
        else if (exported is not JsArray && ListElement.KindOf(exported) == "?") _errors.Add(place, "the default export is a list of rules, or one function");
        else return MakeList(stage, file, exported is JsArray list ? [.. list] : [exported]);
        return StageList.Empty(stage);
    }

    private JsValue? Evaluate(string file)
    {
        try
        {
            _budget.Start(EvaluationStatements, EvaluationBudget);
            return _engine.Modules.Import(file).Get("default");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ReportEvaluation(file, e);
            return null;
        }
    }

    private void ReportEvaluation(string file, Exception e)
    {
        // A module that was imported and is wrong itself has its own error already.
        var hasPlace = JintException.TryGetJavaScriptLocation(e, out var at) && at.Start.Line > 0;
        var place = hasPlace ? new Place(at.SourceFile ?? file, at.Start.Line, at.Start.Column + 1) : new Place(file, 0, 0);
        if (hasPlace || _errors.IsEmpty || e is RuleBudgetException) _errors.Add(place, $"fails when it is loaded: {RefusalFraming.Neuter(e.Message, 300)}");
    }

    private StageList MakeList(Stage stage, string file, IReadOnlyList<JsValue> elements)
    {
        var rules = new List<Rule>(elements.Count);
        for (var i = 0; i < elements.Count; i++)
        {
            if (MakeRule(stage, new RuleAddress(file, i), elements[i], i) is { } rule) rules.Add(rule);
        }
        WarnOfUnreachable(rules);
        return new StageList(stage, file, rules);
    }

    private void WarnOfUnreachable(List<Rule> rules)
    {
        var end = rules.FindIndex(r => r.IsUnconditional);
        if (end >= 0 && end + 1 < rules.Count) _errors.Warn(rules[end + 1].Place, $"'{rules[end + 1].Name}' after '{rules[end].Name}' is never reached");
    }

    private Rule? MakeRule(Stage stage, RuleAddress address, JsValue element, int index) => element switch
    {
        RestrictionHandle { Made: { } made } handle => Bind(handle.Name, made, stage),
        WarnHandle warn => MakeRule(stage, address, warn.Inner, index) is { } inner ? new WarnIfReject(inner) : null,
        PerRecipientHandle each => MakePerRecipient(stage, address, each, index),
        FunctionHandle function => MakeFunction(stage, address, function.Function, function.Options, index),
        _ when element.IsCallable() => MakeFunction(stage, address, element, new FunctionOptions(), index),
        _ => Refused(address, $"rule {index + 1} of the list is {Describe(element)}; a rule is a restriction, r.NAME(…), or a function"),
    };

    private PerRecipientRule? MakePerRecipient(Stage stage, RuleAddress address, PerRecipientHandle each, int index)
    {
        if (stage is Stage.EndOfData or Stage.LocalSubmission && MakeRule(stage, address, each.Inner, index) is FunctionRule function) return new PerRecipientRule(function);
        _errors.Add(PlaceOf(address), $"rule {index + 1}: per_recipient stands in end_of_data.js and local_submission.js");
        return null;
    }

    private FunctionRule? MakeFunction(Stage stage, RuleAddress address, JsValue function, FunctionOptions options, int index)
    {
        var declaration = (function as Function)?.FunctionDeclaration as Node;
        if (declaration is null)
        {
            _errors.Add(PlaceOf(address), $"rule {index + 1} of the list is a function of 'policymta' itself: call it in a function of yours");
            return null;
        }
        var at = declaration.Location;
        var place = new Place(at.SourceFile ?? address.File, at.Start.Line, at.Start.Column + 1);
        if (stage == Stage.Relay && options.Fallback == Fallback.Dunno) _errors.Add(place, "the fallback of a rule in relay.js is 'defer' or 'reject'");
        var own = ((Function)function).Get("name");
        var name = options.Name ?? (own.IsString() && own.AsString() is { Length: > 0 } text && text != "default" ? text : $"{address.File}#{index + 1}");
        return new FunctionRule(name, address, options, place);
    }

    private RestrictionRule? Bind(string name, MadeRestriction made, Stage stage)
    {
        if (made is not { Declaration: { } declaration, Instance: { } instance }) return null;
        var context = stage.ContextType(_options.DelayReject);
        if ((_isClass ? RestrictionCall.OfAny(instance) : RestrictionCall.TryBind(instance, context)) is { } call) return new RestrictionRule(name, declaration.Plugin, call, made.Place) { Signature = made.Signature, Stage = stage };
        _errors.Add(made.Place, $"{name} needs what the {stage.Name()} stage does not know yet (it works with {declaration.Context.Name}, here is {context.Name})");
        return null;
    }

    private Rule? Refused(RuleAddress address, string message)
    {
        _errors.Add(PlaceOf(address), message);
        return null;
    }

    private Place PlaceOf(RuleAddress address) => ExportPlace.OfElement(_modules[address.File].Program!, address.File, address.Index);

    private static string Describe(JsValue element) => element switch
    {
        VerdictHandle => "a verdict (only a function returns one)",
        _ when element.IsUndefined() => "undefined",
        _ when element.IsNull() => "null",
        _ when element.IsString() => $"the text '{RefusalFraming.Neuter(element.AsString(), 60)}'",
        _ => $"of type {element.Type.ToString().ToLowerInvariant()}",
    };
}
