namespace PolicyMTA.Lookups.Text;

/// <summary>Whose regular expressions a table has.</summary>
internal enum PatternSyntax
{
    /// <summary>regexp_table(5): POSIX extended expressions.</summary>
    Posix,
    /// <summary>The same with the flag <c>x</c>: POSIX basic expressions.</summary>
    PosixBasic,
    /// <summary>pcre_table(5).</summary>
    Perl,
}
