using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Lint;

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>Mail is lost or refused, or anybody may do what nobody should.</summary>
    Error,
    /// <summary>It does not do what it seems to do, or less well.</summary>
    Warning,
    /// <summary>Good to know.</summary>
    Info,
}

/// <summary>Something wrong with a configuration of Postfix. Immutable.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="File">The file.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Rule">What kind of mistake it is, in a word.</param>
/// <param name="Subject">The parameter, service or table.</param>
/// <param name="Consequence">What follows.</param>
/// <param name="Remedy">What to do.</param>
public sealed record Finding(Severity Severity, string File, int Line, string Rule, string Subject, string Consequence, string Remedy)
{
    /// <summary>In one line.</summary>
    public override string ToString() => $"{File}:{Line}: {Severity.ToString().ToLowerInvariant()}: {Subject}: {Consequence}. {Remedy}. [{Rule}]";
}

/// <summary>Gathers findings.</summary>
internal sealed class Findings
{
    private readonly List<Finding> _all = [];

    public IEnumerable<Finding> InOrder => _all.Distinct().OrderBy(f => f.File, StringComparer.Ordinal).ThenBy(f => f.Line).ThenBy(f => f.Rule, StringComparer.Ordinal);

    public void Error(Place place, string rule, string subject, string consequence, string remedy) => Add(Severity.Error, place, rule, subject, consequence, remedy);

    public void Warning(Place place, string rule, string subject, string consequence, string remedy) => Add(Severity.Warning, place, rule, subject, consequence, remedy);

    public void Info(Place place, string rule, string subject, string consequence, string remedy) => Add(Severity.Info, place, rule, subject, consequence, remedy);

    private void Add(Severity severity, Place place, string rule, string subject, string consequence, string remedy) => _all.Add(new Finding(severity, place.File, place.Line, rule, subject, consequence, remedy));
}
