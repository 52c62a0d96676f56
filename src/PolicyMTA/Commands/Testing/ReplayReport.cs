using System.Globalization;
using PolicyMTA.Control;
using PolicyMTA.Policy.Recording;

namespace PolicyMTA.Commands.Testing;

/// <summary>What a replay came to, for people: each session that would be decided differently, and the rules that make the difference.</summary>
internal sealed class ReplayReport
{
    private readonly SortedDictionary<string, int> _rules = new(StringComparer.Ordinal);
    private long _sessions, _questions, _missed, _cut;

    /// <summary>Sessions that would be decided differently.</summary>
    public long Different { get; private set; }

    /// <summary>Counts a session.</summary>
    public void Take(ReplayResult played)
    {
        _sessions++;
        _questions += played.Questions;
        _missed += played.Missed;
        if (played.Session.IsCut) _cut++;
        if (played.Differences.Count > 0) Different++;
        foreach (var difference in played.Differences)
        {
            var rules = $"{difference.By ?? "no rule"} -> {difference.WouldBy ?? "no rule"}";
            _rules[rules] = _rules.GetValueOrDefault(rules) + 1;
        }
    }

    /// <summary>One session.</summary>
    public static void Write(TextWriter output, ReplayResult played)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{played.Session.Id}  {played.Session.Began:yyyy-MM-dd HH:mm:ss}Z  {played.Session.Client}"));
        foreach (var difference in played.Differences)
        {
            output.WriteLine($"  {ReplayReply.Name(difference.Asked)} {difference.About}".TrimEnd());
            output.WriteLine($"    was    {difference.Was}{By(difference.By)}");
            output.WriteLine($"    would  {difference.Would}{By(difference.WouldBy)}");
        }
    }

    /// <summary>The sum of all.</summary>
    public void WriteSum(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_sessions} sessions, {_questions} questions: {(Different == 0 ? "nothing would be decided differently" : $"{Different} sessions would be decided differently")}"));
        foreach (var (rules, count) in _rules.OrderByDescending(rule => rule.Value)) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,8}  {rules}"));
        if (_missed > 0) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_missed} questions can't be told: rules read the message's body, and it was not recorded"));
        if (_cut > 0) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_cut} sessions were too large to be recorded whole; their beginnings were played"));
    }

    private static string By(string? rule) => rule is null ? "" : $"  [{rule}]";
}
