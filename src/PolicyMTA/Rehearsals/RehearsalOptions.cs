using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>What of the world a rehearsal has. An immutable value.</summary>
internal sealed record RehearsalOptions
{
    /// <summary>DNS; null: as a test scripts it.</summary>
    public IDnsResolver? Dns { get; init; }

    /// <summary>The clock; null: one that stands still until a test moves it.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Whether tables of other machines are read.</summary>
    public bool ReadsAllTables { get; init; }
}
