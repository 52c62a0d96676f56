using System.Globalization;
using System.Xml.Linq;
using PolicyMTA.Policy.Testing;

namespace PolicyMTA.Commands.Testing;

/// <summary>The report that build servers read.</summary>
internal static class JunitReport
{
    public static string Write(IReadOnlyList<PolicyTestResult> results)
    {
        var suites = results.GroupBy(r => r.File).Select(file => new XElement("testsuite",
            new XAttribute("name", file.Key), new XAttribute("tests", file.Count()), new XAttribute("failures", file.Count(r => r.Failure is not null)), new XAttribute("time", Seconds(file)),
            file.Select(CaseOf)));
        var root = new XElement("testsuites", new XAttribute("tests", results.Count), new XAttribute("failures", results.Count(r => r.Failure is not null)), new XAttribute("time", Seconds(results)), suites);
        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{root}\n";
    }

    private static XElement CaseOf(PolicyTestResult result)
    {
        var one = new XElement("testcase", new XAttribute("classname", result.File), new XAttribute("name", Clean(result.Name)), new XAttribute("time", Seconds([result])));
        if (result.Failure is { } failure) one.Add(new XElement("failure", new XAttribute("message", Clean(failure.Message)), $"{result.File}:{failure.Line}:{failure.Column}"));
        return one;
    }

    // XML has no way to write most control characters.
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') || char.IsSurrogate(c) ? '?' : c));

    private static string Seconds(IEnumerable<PolicyTestResult> results) => results.Sum(r => r.Duration.TotalSeconds).ToString("0.000", CultureInfo.InvariantCulture);
}
