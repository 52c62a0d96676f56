namespace PolicyMTA.Configuration;

/// <summary>A mistake that a person must mend, and where it stands. Line and column count from 1; 0 when the place is a whole file or folder.</summary>
internal sealed record ConfigurationError(string File, int Line, int Column, string Message)
{
    /// <summary><c>file:line:column: message</c>, as editors jump to it.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}: {Message}";
}
