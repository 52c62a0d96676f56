namespace PolicyMTA.Lookups.Text;

/// <summary>Whose regular expressions a table has.</summary>
internal enum PatternSyntax
{
    /// <summary>regexp_table(5): POSIX extended expressions.</summary>
    Posix,
    /// <summary>pcre_table(5).</summary>
    Perl,
}
