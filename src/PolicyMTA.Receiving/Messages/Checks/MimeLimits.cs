namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>How far the structure of a message is followed. An immutable value.</summary>
public sealed record MimeLimits
{
    /// <summary>Postfix's.</summary>
    public static MimeLimits Default { get; } = new();

    /// <summary>False with <c>disable_mime_input_processing</c>: everything behind the header section is body.</summary>
    public bool IsFollowed { get; init; } = true;
    /// <summary><c>mime_nesting_limit</c>: multiparts within multiparts; a message with more is refused.</summary>
    public int Nesting { get; init; } = 100;
    /// <summary><c>mime_boundary_length_limit</c>: how much of a boundary counts.</summary>
    public int BoundaryLength { get; init; } = 2048;
    /// <summary><c>header_size_limit</c>: how much of a field counts.</summary>
    public int HeaderSize { get; init; } = 102_400;
    /// <summary><c>line_length_limit</c>: longer lines are looked at in pieces.</summary>
    public int LineLength { get; init; } = 2048;
}
