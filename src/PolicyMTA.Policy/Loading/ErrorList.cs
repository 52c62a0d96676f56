using PolicyMTA.Policy.Lists;

namespace PolicyMTA.Policy.Loading;

/// <summary>Gathers mistakes, each place once.</summary>
internal sealed class ErrorList(string root)
{
    private readonly HashSet<PolicyError> _errors = [];
    private readonly HashSet<PolicyError> _warnings = [];

    public bool IsEmpty => _errors.Count == 0;

    public IReadOnlyList<PolicyError> Errors => Sorted(_errors);

    public IReadOnlyList<PolicyError> Warnings => Sorted(_warnings);

    public void Add(PolicyError error) => _errors.Add(error);

    public void Add(string file, string message) => Add(new Place(file, 0, 0), message);

    public void Add(Place place, string message) => _errors.Add(At(place, message));

    public void Warn(Place place, string message) => _warnings.Add(At(place, message));

    public bool HasErrorIn(string file) => _errors.Any(e => e.File == $"{root}/{file}");

    private PolicyError At(Place place, string message) => new(place.File.Length == 0 ? root : $"{root}/{place.File}", place.Line, place.Column, message);

    private static List<PolicyError> Sorted(IEnumerable<PolicyError> errors) =>
        [.. errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line).ThenBy(e => e.Column)];
}
