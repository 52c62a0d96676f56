using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Acornima;
using Acornima.Ast;
using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Runtime;
using Jint.Runtime.Interop;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;

namespace PolicyMTA.Policy.Testing;

/// <summary>Runs the tests of one <c>*.test.js</c>, one after the other, in an engine of their own. It reaches nothing but its host, its policies' modules and <c>'policymta/test'</c>.</summary>
public sealed partial class PolicyTestFile : IDisposable
{
    /// <summary>How long one test may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly PolicyLimits Limits = new() { Budget = Patience, Statements = 20_000_000, Memory = 512L << 20, Recursion = 500, Regex = TimeSpan.FromSeconds(1) };
    private static readonly Lazy<string> Prelude = new(() => Resource("policytest.js"));

    private readonly string _file;
    private readonly IPolicyTestHost _host;
    private readonly RuleBudget _budget = new();
    private readonly RuleDeadline _deadline = new(TimeProvider.System);
    private readonly Engine _engine;
    private readonly PromisePump _pump;

    private PolicyTestFile(string file, Dictionary<string, Prepared<Acornima.Ast.Module>> modules, IPolicyTestHost host)
    {
        (_file, _host) = (file, host);
        _budget.Start(int.MaxValue, Patience);
        _engine = EngineFactory.Create(new ModuleStore(modules), Limits, host.Time.GetUtcNow, _budget, new Random(0).NextDouble);
        _pump = new PromisePump(_engine, TimeProvider.System);
        PolicyModule.Install(_engine, (name, _) => new RestrictionHandle(_engine, name));
        _engine.Modules.Add(ModuleStore.TestHostModule, module => module
            .ExportValue("call", new ClrFunction(_engine, "call", (_, a) => _pump.Promise("", [], () => CallAsync(a[0].ToString(), a[1].ToString()), text => (JsValue)text)))
            .ExportValue("hear", new ClrFunction(_engine, "hear", (_, a) => Guarded(() => host.Tell(a[0].ToString(), a[1].ToString())))));
        _engine.Modules.Add(ModuleStore.TestModule, Prelude.Value);
    }

    /// <summary>Runs the tests whose names <paramref name="chooses"/> wants. Never throws for what the file says.</summary>
    /// <param name="policies">The policies whose modules the file may import.</param>
    /// <param name="file">The file, below their folder, with <c>/</c>.</param>
    /// <param name="text">Its text.</param>
    /// <param name="host">The world it acts in.</param>
    /// <param name="chooses">Which tests to run, by name.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task<IReadOnlyList<PolicyTestResult>> RunAsync(PolicySource policies, string file, string text, IPolicyTestHost host, Func<string, bool> chooses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(chooses);
        var modules = new Dictionary<string, Prepared<Acornima.Ast.Module>>(StringComparer.Ordinal);
        try
        {
            foreach (var (path, source) in policies.Files.Append(KeyValuePair.Create(file, text))) modules[path] = Engine.PrepareModule(source, path);
        }
        catch (Exception e) when (e is JintException or ParseErrorException)
        {
            var cause = e as ParseErrorException ?? e.InnerException as ParseErrorException;
            return [Wrong(file, new PolicyTestFailure(cause?.Description ?? "can't be parsed", cause?.LineNumber ?? 0, cause is null ? 0 : cause.Column + 1))];
        }
        using var run = new PolicyTestFile(file, modules, host);
        return await run.RunAsync(chooses, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deadline.End();
        _engine.Dispose();
    }

    private async Task<IReadOnlyList<PolicyTestResult>> RunAsync(Func<string, bool> chooses, CancellationToken cancellationToken)
    {
        JsArray registered;
        try
        {
            _engine.Modules.Import(_file);
            registered = (JsArray)_engine.Modules.Import(ModuleStore.TestModule).Get("registered");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return [Wrong(_file, Describe(e))];
        }
        if (registered.Length == 0) return [Wrong(_file, new PolicyTestFailure("has no test", 0, 0))];
        var results = new List<PolicyTestResult>();
        for (var i = 0; i < registered.Length; i++)
        {
            var name = registered[i].Get("name").ToString();
            if (chooses(name)) results.Add(await RunAsync(i, name, LineOf(registered[i].Get("body")), cancellationToken));
        }
        return results;
    }

    private async Task<PolicyTestResult> RunAsync(int index, string name, int line, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        PolicyTestFailure? failure = null;
        try
        {
            await _host.BeginAsync(cancellationToken);
            _budget.Start(Limits.Statements, Patience);
            _pump.Start(_deadline, TimeProvider.System.GetTimestamp() + (long)(Patience.TotalSeconds * TimeProvider.System.TimestampFrequency));
            var value = _engine.Call(_engine.Modules.Import(ModuleStore.TestModule).Get("run"), [JsNumber.Create(index)]);
            if (value.IsPromise()) await _pump.SettleAsync(value, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            failure = Describe(e);
        }
        return new PolicyTestResult(_file, name, line, watch.Elapsed, failure);
    }

    // A mistake of the test is an answer: the engine throws it where the test stands.
    private async ValueTask<string> CallAsync(string operation, string arguments)
    {
        try
        {
            return await _host.CallAsync(operation, arguments, _pump.Token);
        }
        catch (PolicyTestException mistake)
        {
            return Mistake(mistake);
        }
    }

    private static string Guarded(Func<string> tell)
    {
        try
        {
            return tell();
        }
        catch (PolicyTestException mistake)
        {
            return Mistake(mistake);
        }
    }

    private static string Mistake(PolicyTestException mistake) => $"{{\"error\":\"{JsonEncodedText.Encode(mistake.Message)}\"}}";

    private PolicyTestFailure Describe(Exception e)
    {
        var message = e is JavaScriptException { Error: var error } && error.Get("message") is { } said && said.IsString() ? said.AsString() : e.Message;
        var stack = e is JavaScriptException thrown ? $"{thrown.Error.Get("stack")}\n{thrown.JavaScriptStackTrace}\n{thrown.Error.Get("where")}" : "";
        // The innermost place in the test's own file; the rest is ours.
        foreach (Match frame in Frame().Matches(stack))
        {
            if (frame.Groups["file"].Value == _file) return new PolicyTestFailure(message, Number(frame, "line"), Number(frame, "column"));
        }
        return JintException.TryGetJavaScriptLocation(e, out var at) && at.SourceFile == _file ? new PolicyTestFailure(message, at.Start.Line, at.Start.Column + 1) : new PolicyTestFailure(message, 0, 0);
    }

    private static int Number(Match frame, string group) => int.Parse(frame.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private static PolicyTestResult Wrong(string file, PolicyTestFailure failure) => new(file, "", failure.Line, TimeSpan.Zero, failure);

    private static int LineOf(JsValue body) => ((body as Function)?.FunctionDeclaration as Node)?.Location.Start.Line ?? 0;

    /// <summary>The text of a file that is part of the program.</summary>
    internal static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(PolicyTestFile).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(?<file>[^\s(]+):(?<line>\d+):(?<column>\d+)\)?\s*$", RegexOptions.Multiline)]
    private static partial Regex Frame();
}
