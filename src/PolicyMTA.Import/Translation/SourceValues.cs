using PolicyMTA.Import.Parameters;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>What parameters of Postfix are worth: in a service, in main.cf, or by default.</summary>
internal sealed class SourceValues
{
    private readonly IReadOnlyDictionary<string, Parameter> _main;
    private readonly Dictionary<string, Parameter> _overrides;
    private readonly string _home;
    private readonly ParameterExpansion _expansion;

    private SourceValues(IReadOnlyDictionary<string, Parameter> main, IEnumerable<Parameter> overrides, string home)
    {
        _main = main;
        _home = home;
        _overrides = [];
        foreach (var one in overrides) _overrides[one.Name] = one;
        _expansion = new ParameterExpansion(Raw);
    }

    /// <summary>The values of main.cf.</summary>
    public static SourceValues Of(PostfixFolder folder) => new(folder.Main.InForce, [], folder.Home);

    /// <summary>The same as a service sees them.</summary>
    public SourceValues In(MasterService service) => new(_main, service.Overrides, _home);

    /// <summary>True where main.cf or the service gives it.</summary>
    public bool IsGiven(string name) => _overrides.ContainsKey(name) || _main.ContainsKey(name);

    /// <summary>The expanded value; empty where there is no such parameter, or it can't be expanded.</summary>
    public string Text(string name) => TryExpand(Raw(name) ?? "", out var text, out _) ? text : "";

    public bool Truth(string name) => Text(name) is "yes" or "Yes" or "YES";

    /// <summary>Expands a value; false with the reason where that is not possible.</summary>
    public bool TryExpand(string value, out string expanded, out string mistake)
    {
        try
        {
            (expanded, mistake) = (_expansion.Expand(value), "");
            return true;
        }
        catch (FormatException error)
        {
            (expanded, mistake) = ("", error.Message);
            return false;
        }
    }

    private string? Raw(string name)
    {
        if (_overrides.TryGetValue(name, out var own)) return own.Value;
        if (_main.TryGetValue(name, out var given)) return given.Value;
        return name switch
        {
            "config_directory" => _home,
            // postconf -d has the machine's own: what a name or a level that nobody gave stands for.
            "mydomain" => ParentOf(Raw("myhostname") ?? ""),
            "compatibility_level" => "0",
            _ => PostfixParameters.Defaults.GetValueOrDefault(name),
        };
    }

    private static string ParentOf(string host) => host.Split('.', 2) is [_, { Length: > 0 } parent] ? parent : "localdomain";
}
