using System.Text;
using PolicyMTA.Import.Lint;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import;

/// <summary>The report of an import as text.</summary>
public static class ReportText
{
    /// <summary>An outcome in a word or two.</summary>
    public static string Word(Outcome outcome) => outcome switch { Outcome.Mapped => "mapped", Outcome.NotNeeded => "not needed", Outcome.Partly => "mapped in part", _ => "not supported" };

    /// <summary>How many of each.</summary>
    public static string Sum(ImportedConfiguration imported)
    {
        ArgumentNullException.ThrowIfNull(imported);
        return string.Join(", ", Enum.GetValues<Outcome>().Select(outcome => $"{imported.Report.Count(e => e.Outcome == outcome)} {Word(outcome)}"));
    }

    /// <summary>The whole report, as Markdown.</summary>
    public static string Write(ImportedConfiguration imported, IReadOnlyList<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(imported);
        ArgumentNullException.ThrowIfNull(findings);
        var text = new StringBuilder("# What became of the configuration of Postfix\n\n").Append(Sum(imported)).Append(".\n");
        if (findings.Count > 0) text.Append("\n## What is wrong with it, imported or not\n\n").AppendJoin("", findings.Select(finding => $"- {finding}\n"));
        Table(text, "Look at these: mapped in part, or not supported", imported.Report.Where(e => e.Outcome is Outcome.Partly or Outcome.NotSupported));
        if (imported.Stricter.Count > 0) text.Append("\n## Stricter than Postfix where main.cf says nothing\n\n").AppendJoin("", imported.Stricter.Select(line => $"- {line}\n"));
        Table(text, "Mapped", imported.Report.Where(e => e.Outcome == Outcome.Mapped));
        Table(text, "Not needed", imported.Report.Where(e => e.Outcome == Outcome.NotNeeded));
        return text.ToString();
    }

    private static void Table(StringBuilder text, string title, IEnumerable<ReportEntry> entries)
    {
        var lines = entries.Select(e => $"| {e.File}:{e.Line} | `{e.Subject}` | {Word(e.Outcome)} | {e.Text.Replace("|", "\\|", StringComparison.Ordinal)} |\n").ToList();
        if (lines.Count > 0) text.Append($"\n## {title}\n\n| Place | | | |\n|---|---|---|---|\n").AppendJoin("", lines);
    }
}
