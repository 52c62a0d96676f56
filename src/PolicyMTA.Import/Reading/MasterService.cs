namespace PolicyMTA.Import.Reading;

/// <summary>A service of master.cf; the columns are kept as written, with <c>-</c> for the default.</summary>
internal sealed record MasterService
{
    public required Place Place { get; init; }

    public required string Name { get; init; }

    /// <summary>inet, unix, unix-dgram, fifo or pass.</summary>
    public required string Type { get; init; }

    public required string Private { get; init; }

    public required string Unprivileged { get; init; }

    public required string Chroot { get; init; }

    public required string Wakeup { get; init; }

    public required string ProcessLimit { get; init; }

    public required string Command { get; init; }

    /// <summary>What follows the command, without the outer braces of an argument that has them.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The <c>-o</c> of the arguments, in their order; the last of a name wins.</summary>
    public required IReadOnlyList<Parameter> Overrides { get; init; }
}
