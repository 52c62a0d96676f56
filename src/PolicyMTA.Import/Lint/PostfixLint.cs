using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>Finds what is wrong with a configuration of Postfix, whether or not it is imported.</summary>
public static class PostfixLint
{
    private static readonly Action<LintSource, Findings>[] Rules = [TextRules.Check, NameRules.Check, RestrictionRules.Check, LoginRules.Check, TlsRules.Check, DeliveryRules.Check, FilterRules.Check, ServiceRules.Check];

    /// <summary>The findings of a folder with main.cf and master.cf, in the order of the files.</summary>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static IReadOnlyList<Finding> Run(string folder, TargetCatalogue catalogue)
    {
        var source = new LintSource(PostfixFolder.Open(folder), catalogue);
        var findings = new Findings();
        foreach (var rule in Rules) rule(source, findings);
        return [.. findings.InOrder];
    }
}
