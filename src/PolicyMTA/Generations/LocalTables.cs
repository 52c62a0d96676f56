using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>The tables that the transport <c>local</c> reads in its own way: alias files, and the users of this machine.</summary>
internal static class LocalTables
{
    private const string Aliases = "alias_maps", RecipientMaps = "local_recipient_maps", Users = "unix:passwd.byname";

    /// <summary>Whether an element is none of the tables that plugins open.</summary>
    public static bool IsOwn(GenerationScope scope, string parameter, string element) => parameter == RecipientMaps && (IsUsers(element) || FindAliasFile(scope.Parameters, element) is not null);

    /// <summary>What the addresses depend on besides the values: whether they were given.</summary>
    public static string Signature(GenerationScope scope) => $"{scope.Parameters.Given.ContainsKey(RecipientMaps)} {scope.Parameters.Given.ContainsKey(Aliases)}";

    /// <summary>Opens what <c>alias_maps</c> names.</summary>
    /// <exception cref="ConfigurationException">There is no such table.</exception>
    public static IReadOnlyList<AliasSource> AliasMaps(Parameters parameters, ILookupTables tables) =>
        [.. parameters.List(Aliases).Select(name => FindAliasFile(parameters, name) is { } path ? AliasSource.OfFile(name, path, !parameters.Given.ContainsKey(Aliases)) : new AliasSource(name, tables.Open(name)))];

    /// <summary>Opens what <c>local_recipient_maps</c> names. With the transport <c>local</c>, mail for nobody is refused and not returned later.</summary>
    public static IReadOnlyList<ILookupTable> Recipients(GenerationScope scope, PluginServices services)
    {
        var parameters = scope.Parameters;
        // Asked for by way of the services, so that the addresses are made anew when one of them changes.
        var (given, aliases, isLocal) = (services.Settings.List(RecipientMaps), services.Settings.List(Aliases), UsesLocal(services.Settings.Text("local_transport")));
        if (!parameters.Given.ContainsKey(RecipientMaps)) given = isLocal ? [Users, .. aliases] : [];
        return [.. given.Select(Open)];

        ILookupTable Open(string name)
        {
            if (IsUsers(name)) return new MachineUsers();
            return FindAliasFile(parameters, name) is { } path ? AliasSource.OfFile(name, path, !parameters.Given.ContainsKey(Aliases)).Table : services.Tables.Open(name);
        }
    }

    /// <summary>Looks through the alias files, and opens the other tables; false when one can't be used.</summary>
    public static bool Check(GenerationScope scope, BuildReport report)
    {
        var parameters = scope.Parameters;
        var isGiven = parameters.Given.ContainsKey(Aliases);
        if (!isGiven && !UsesLocal(parameters.Text("local_transport"))) return true;
        var isGood = true;
        foreach (var name in parameters.List(Aliases))
        {
            if (FindAliasFile(parameters, name) is { } path) isGood &= CheckFile(path, isGiven, parameters.PositionOf(Aliases), report);
            else isGood &= report.Try(parameters.PositionOf(Aliases), () => scope.Tables.Open(name));
        }
        return isGood;
    }

    /// <summary>The file behind an element of <c>alias_maps</c> or <c>alias_database</c>; null when it is no file.</summary>
    public static string? FindAliasFile(Parameters parameters, string name) => AliasSource.FindFile(name) is { } path && IsAlias(parameters, name) ? Path.GetFullPath(path, parameters.Root) : null;

    private static bool CheckFile(string path, bool isGiven, SourcePosition position, BuildReport report)
    {
        try
        {
            if (!isGiven && !File.Exists(path)) return true;
            foreach (var (line, message) in Delivery.Local.AliasFile.Parse(File.ReadAllText(path)).Problems) report.Warn(path, line, message);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            report.Add(position, $"{Aliases}: {path} can't be read: {error.Message}");
            return false;
        }
    }

    // A file of another format may be of the same type.
    private static bool IsAlias(Parameters parameters, string name) => parameters.List(Aliases).Contains(name) || parameters.List("alias_database").Contains(name);

    private static bool IsUsers(string name) => name is Users or "proxy:" + Users;

    private static bool UsesLocal(string transport) => transport.Split(':')[0].Trim() == "local";
}
