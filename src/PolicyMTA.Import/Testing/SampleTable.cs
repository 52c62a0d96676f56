using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Testing;

/// <summary>What tests may know of a table: the entries of a text file with literal keys.</summary>
internal static class SampleTable
{
    private static readonly string[] Literal = ["hash", "btree", "texthash", "lmdb", "cdb", "dbm", "sdbm"];

    /// <summary>The entries of a table that was brought along, in the order of the file; none for other types.</summary>
    public static IReadOnlyList<(string Key, string Value)> Entries(string specification, TableReferences tables)
    {
        var parts = specification.Split(':', 2);
        if (parts.Length < 2 || !Literal.Contains(parts[0]) || tables.FindText(parts[1]) is not { } text) return [];
        return [.. LogicalLine.Split(parts[1], text).Select(line => line.Text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length == 2).Select(words => (words[0].ToLowerInvariant(), words[1].Trim()))];
    }

    /// <summary>The entries of all tables of a value.</summary>
    public static IReadOnlyList<(string Key, string Value)> EntriesOfAll(string value, TableReferences tables) => [.. WordsOf.List(value).SelectMany(word => Entries(tables.Rewrite(word, []), tables))];
}
