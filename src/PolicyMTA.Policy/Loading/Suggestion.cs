namespace PolicyMTA.Policy.Loading;

/// <summary>What was probably meant.</summary>
internal static class Suggestion
{
    /// <summary><c>; did you mean 'x'?</c>, or nothing when nothing is near.</summary>
    public static string For(string written, IEnumerable<string> known)
    {
        var nearest = known.Select(k => (Name: k, Distance: Distance(written, k))).OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal).FirstOrDefault();
        return nearest.Name is not null && nearest.Distance <= Math.Max(2, written.Length / 4) ? $"; did you mean '{nearest.Name}'?" : "";
    }

    // Levenshtein, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
