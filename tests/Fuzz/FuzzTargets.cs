using PolicyMTA.Fuzz.Targets;

namespace PolicyMTA.Fuzz;

/// <summary>All targets.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new CommandTarget(), new AddressTarget(), new LiteralTarget(), new XtextTarget(), new DataTarget(), new BdatTarget(), new DotsTarget(), new ReplyTarget(), new ProxyTarget(),
        new SpfTarget(), new DkimTarget(), new DmarcTarget(), new ResultsTarget(), new ArcTarget(),
    ];

    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
