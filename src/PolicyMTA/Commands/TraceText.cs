using System.Globalization;
using PolicyMTA.Policy;

namespace PolicyMTA.Commands;

/// <summary>Decision traces for people.</summary>
internal static class TraceText
{
    /// <summary>Everything, a line for each rule.</summary>
    public static void Write(TextWriter output, DecisionTrace trace)
    {
        var at = trace.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        output.WriteLine($"{at}  session {trace.Session}  listener {trace.Listener}  generation {trace.Generation}");
        output.WriteLine(Shown($"client {trace.Client}{Named("helo", trace.Helo)}{Named("login", trace.User)}"));
        if (trace.Sender is { } sender) output.WriteLine(Shown($"{trace.QueueId ?? "no queue id"}  from <{sender}>"));
        foreach (var decision in trace.Decisions) Write(output, decision);
        output.WriteLine();
    }

    /// <summary>A line for each decision, with the rule that made it.</summary>
    public static void WriteLines(TextWriter output, DecisionTrace trace, bool refusals)
    {
        var at = trace.Time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        foreach (var decision in trace.Decisions.Where(d => !refusals || d.IsRefusal))
        {
            var by = decision.Decider is { } rule ? $" ({rule.Stage}: {rule.Rule}{Place(rule.File, rule.Line)})" : "";
            output.WriteLine(Shown($"{at} {trace.Session} {trace.QueueId ?? "NOQUEUE"} {trace.Client} {Title(decision, trace)}: {decision.Reply}{by}"));
        }
    }

    /// <summary>A line for each rule: stage, name, place, verdict, time.</summary>
    public static void WriteSteps(TextWriter output, IReadOnlyList<DecisionStep> steps)
    {
        var width = steps.Select(s => s.Rule.Length).DefaultIfEmpty().Max();
        foreach (var step in steps)
        {
            var place = step.File.Length == 0 ? "built in" : string.Create(CultureInfo.InvariantCulture, $"{step.File}:{step.Line}");
            output.WriteLine(Shown($"    {step.Stage,-12} {step.Rule.PadRight(width)}  {place,-24} {step.Verdict,-18} {Span(step.Duration)}"));
        }
    }

    /// <summary>A span of time, as short as it is.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        { TotalMilliseconds: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMicroseconds:0} µs"),
    };

    /// <summary>Where a rule stands, after its name; nothing for what is built in.</summary>
    public static string Place(string file, int line) => file.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {file}:{line}");

    private static void Write(TextWriter output, Decision decision)
    {
        output.WriteLine(Shown($"  {decision.Command}{(decision.Item.Length > 0 || decision.Command is "MAIL" ? $" <{decision.Item}>" : "")}"));
        WriteSteps(output, decision.Steps);
        output.WriteLine(Shown($"    > {decision.Reply}"));
    }

    private static string Title(Decision decision, DecisionTrace trace) => decision.Command switch
    {
        "RCPT" => $"RCPT <{trace.Sender}> to <{decision.Item}>",
        "MAIL" => $"MAIL <{decision.Item}>",
        _ => decision.Item.Length == 0 ? decision.Command : $"{decision.Command} {decision.Item}",
    };

    private static string Named(string name, string value) => value.Length == 0 ? "" : $"  {name} {value}";

    // What a terminal would take for a command of its own is no text of ours.
    private static string Shown(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)).TrimEnd();
}
