namespace PolicyMTA.Lookups.Text;

/// <summary>How a pattern is written, by its table's type and its flags. An immutable value.</summary>
internal sealed record PatternDialect
{
    public required PatternSyntax Syntax { get; init; }
    /// <summary>A dollar stands for the end of the key, and not also for a line end before it.</summary>
    public bool EndsAtLastByte { get; init; }
    /// <summary>Quantifiers take as little as they can, with a question mark as much (PCRE's flag <c>U</c>).</summary>
    public bool IsUngreedy { get; init; }
    /// <summary>True for Perl's expressions.</summary>
    public bool IsPerl => Syntax == PatternSyntax.Perl;
}
