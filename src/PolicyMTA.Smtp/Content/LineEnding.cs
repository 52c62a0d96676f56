namespace PolicyMTA.Smtp;

/// <summary>How a command line ended.</summary>
public enum LineEnding
{
    CrLf,
    /// <summary>A line feed alone; <see cref="BareNewline"/> says what to make of it.</summary>
    BareLf,
    /// <summary>Longer than the limit: the line is its beginning, the rest is gone.</summary>
    TooLong,
}
