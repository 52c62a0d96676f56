using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>What lines of a message are looked at for (header_checks(5)). An immutable value; the tables belong to the generation.</summary>
public sealed record ContentCheckSettings
{
    /// <summary>Nothing is looked for.</summary>
    public static ContentCheckSettings None { get; } = new();

    /// <summary><c>header_checks</c>: fields of the message, except those of MIME.</summary>
    public IReadOnlyList<ILookupTable> HeaderChecks { get; init; } = [];
    /// <summary><c>mime_header_checks</c>: the MIME fields of the message, and those of its parts.</summary>
    public IReadOnlyList<ILookupTable> MimeHeaderChecks { get; init; } = [];
    /// <summary><c>nested_header_checks</c>: the other fields of attached messages.</summary>
    public IReadOnlyList<ILookupTable> NestedHeaderChecks { get; init; } = [];
    /// <summary><c>body_checks</c>: all other lines.</summary>
    public IReadOnlyList<ILookupTable> BodyChecks { get; init; } = [];
    /// <summary><c>milter_header_checks</c>: fields that milters add or change.</summary>
    public IReadOnlyList<ILookupTable> MilterHeaderChecks { get; init; } = [];
    /// <summary><c>body_checks_size_limit</c>: how many bytes of each part are looked at; 0: all.</summary>
    public int BodyChecksSizeLimit { get; init; } = 51_200;
    /// <summary>How the structure of the message is followed.</summary>
    public MimeLimits Mime { get; init; } = MimeLimits.Default;

    /// <summary>True when nothing is looked for in what comes from the client.</summary>
    internal bool IsEmpty => HeaderChecks.Count == 0 && MimeHeaderChecks.Count == 0 && NestedHeaderChecks.Count == 0 && BodyChecks.Count == 0;
}
