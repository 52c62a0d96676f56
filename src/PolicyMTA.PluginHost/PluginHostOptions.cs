namespace PolicyMTA.PluginHost;

/// <summary>Where plugins are searched and staged.</summary>
public sealed record PluginHostOptions
{
    /// <summary>The folders to search: the one that ships with the program, then the site's. One that does not exist holds nothing.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Where copies are kept, each in a folder named by its content's hash. Plugins are loaded from nowhere else.</summary>
    public required string VersionsFolder { get; init; }

    /// <summary>
    /// Assemblies that a plugin gets from the program, drivers among them: two copies of a database driver's native library in one process
    /// lose data. A name that ends with <c>*</c> is a prefix.
    /// </summary>
    public IReadOnlyList<string> SharedAssemblies { get; init; } =
    [
        "PolicyMTA.Sdk", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Data.Sqlite", "SQLitePCLRaw.*",
        "Npgsql", "MySqlConnector", "StackExchange.Redis",
    ];

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
