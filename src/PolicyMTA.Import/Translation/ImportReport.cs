using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>What became of something in the configuration of Postfix.</summary>
public enum Outcome
{
    /// <summary>It is in the result.</summary>
    Mapped,
    /// <summary>Nothing is lost without it.</summary>
    NotNeeded,
    /// <summary>It is in the result, but does not mean all that it meant.</summary>
    Partly,
    /// <summary>PolicyMTA can't do this.</summary>
    NotSupported,
}

/// <summary>A line of the report. Immutable.</summary>
/// <param name="File">The file, from the imported folder.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Subject">A parameter, an override or a service.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Text">Where it went, or why it did not.</param>
public sealed record ReportEntry(string File, int Line, string Subject, Outcome Outcome, string Text);

/// <summary>Gathers the report; each parameter, override and service is in it once.</summary>
internal sealed class ImportReport
{
    private readonly List<ReportEntry> _entries = [];

    public IReadOnlyList<ReportEntry> Entries => _entries;

    public void Mapped(Place place, string subject, string where) => Add(place, subject, Outcome.Mapped, where);

    public void NotNeeded(Place place, string subject, string why) => Add(place, subject, Outcome.NotNeeded, why);

    public void NotSupported(Place place, string subject, string what) => Add(place, subject, Outcome.NotSupported, what);

    /// <summary>Mapped, with what is lost where there are losses.</summary>
    public void Mapped(Place place, string subject, string where, IReadOnlyCollection<string> losses) =>
        Add(place, subject, losses.Count == 0 ? Outcome.Mapped : Outcome.Partly, losses.Count == 0 ? where : $"{where}, but {string.Join("; ", losses)}");

    private void Add(Place place, string subject, Outcome outcome, string text) => _entries.Add(new ReportEntry(place.File, place.Line, subject, outcome, text));
}
