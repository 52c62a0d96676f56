namespace PolicyMTA.Delivery;

/// <summary>A transport that hands messages to a command (<c>[transports.NAME]</c>; pipe(8)). An immutable value.</summary>
public sealed record PipeSettings
{
    /// <summary>The program and its arguments, with macros such as <c>${recipient}</c>; never read by a shell.</summary>
    public required IReadOnlyList<string> Command { get; init; }
    /// <summary>The user it runs as; null: ours.</summary>
    public string? User { get; init; }
    /// <summary>The folder it runs in; null: the root folder.</summary>
    public string? Directory { get; init; }
    /// <summary>pipe(8)'s letters: <c>B D F O R X h q u . &gt;</c>.</summary>
    public string Flags { get; init; } = "";
    /// <summary>What ends a line.</summary>
    public string EndOfLine { get; init; } = "\n";
    /// <summary>Larger messages are returned; 0 for no limit.</summary>
    public long SizeLimit { get; init; }
    /// <summary>What <c>${sender}</c> is for a null sender.</summary>
    public string NullSender { get; init; } = "MAILER-DAEMON";
    /// <summary><c>command_time_limit</c>: a command that takes longer is ended.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(1000);
}
