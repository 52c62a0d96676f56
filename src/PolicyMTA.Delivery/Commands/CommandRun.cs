namespace PolicyMTA.Delivery.Commands;

/// <summary>A command to run. An immutable value.</summary>
/// <param name="Words">The program and its arguments.</param>
/// <param name="User">The user it runs as; null: ours.</param>
/// <param name="Directory">The folder it runs in.</param>
/// <param name="Environment">All of its environment.</param>
/// <param name="TimeLimit">How long it may take.</param>
internal sealed record CommandRun(IReadOnlyList<string> Words, string? User, string Directory, IReadOnlyDictionary<string, string> Environment, TimeSpan TimeLimit)
{
    /// <summary>What every command has: the standard path, and our time zone and language.</summary>
    public static Dictionary<string, string> BaseEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin" };
        foreach (var name in (ReadOnlySpan<string>)["TZ", "LANG"])
        {
            if (System.Environment.GetEnvironmentVariable(name) is { } value) environment[name] = value;
        }
        return environment;
    }
}

/// <summary>How a command ended. An immutable value.</summary>
internal abstract record CommandEnd
{
    private CommandEnd() { }

    /// <summary>By itself.</summary>
    /// <param name="Code">Its exit code; above 128 the signal that ended it, plus 128.</param>
    /// <param name="Output">The beginning of what it said, both streams.</param>
    public sealed record Exited(int Code, string Output) : CommandEnd;

    /// <summary>It took too long, and was ended.</summary>
    public sealed record TimedOut : CommandEnd;

    /// <summary>It could not be started.</summary>
    public sealed record NotStarted(string Reason) : CommandEnd;
}
