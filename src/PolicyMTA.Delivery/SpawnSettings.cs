namespace PolicyMTA.Delivery;

/// <summary>A command that is started for each connection (<c>[services.NAME]</c>; spawn(8)). An immutable value.</summary>
public sealed record SpawnSettings
{
    /// <summary>The service's name, for the log.</summary>
    public required string Name { get; init; }
    /// <summary>The program and its arguments; never read by a shell.</summary>
    public required IReadOnlyList<string> Command { get; init; }
    /// <summary>The user it runs as; null: ours.</summary>
    public string? User { get; init; }
    /// <summary>The folder it runs in.</summary>
    public string Directory { get; init; } = "/";
    /// <summary>A process that lasts longer is ended.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(1000);
    /// <summary>Processes at a time; further connections wait.</summary>
    public int ProcessLimit { get; init; } = 100;
}
