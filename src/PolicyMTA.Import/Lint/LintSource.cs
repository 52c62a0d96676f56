using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>What the rules look at.</summary>
internal sealed class LintSource(PostfixFolder folder, TargetCatalogue catalogue)
{
    private readonly SourceValues _main = SourceValues.Of(folder);

    public PostfixFolder Folder => folder;

    public TargetCatalogue Catalogue => catalogue;

    /// <summary>The values of main.cf.</summary>
    public SourceValues Main => _main;

    /// <summary>The services that take mail from the network, with the port they listen on; 0 where it can't be told.</summary>
    public IEnumerable<(MasterService Service, SourceValues Values, int Port)> Listeners =>
        folder.Master.Services.Where(service => service is { Command: "smtpd", Type: "inet" or "pass" }).Select(service => (service, _main.In(service), service.Type == "pass" ? 25 : ListenAddress.Find(service.Name)?.Port ?? 0));

    /// <summary>Where a parameter is set for a service: there, in main.cf, or at the service itself where it is nowhere.</summary>
    public Place PlaceOf(string name, MasterService? service = null) =>
        service?.Overrides.LastOrDefault(o => o.Name == name)?.Place ?? (folder.Main.InForce.TryGetValue(name, out var given) ? given.Place : service?.Place ?? new Place("main.cf", 1));

    /// <summary>The parameter in main.cf; null where it is not there.</summary>
    public Parameter? Find(string name) => folder.Main.InForce.GetValueOrDefault(name);
}
