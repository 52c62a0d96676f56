using System.Buffers;

namespace PolicyMTA.Import.Reading;

/// <summary>The words of a line of master.cf.</summary>
internal static class MasterArguments
{
    // Options of Postfix's daemons with a value, which may be the next word (single_server.c and its like).
    private static readonly SearchValues<char> TakeValue = SearchValues.Create("imnost");

    /// <summary>Parts a line at white space; a word that begins with a brace goes to the brace that closes it, and loses both.</summary>
    public static bool TrySplit(string line, out List<string> words)
    {
        words = [];
        for (var i = 0; i < line.Length;)
        {
            if (WhiteSpace.Is(line[i]))
            {
                i++;
                continue;
            }
            var end = i;
            if (line[i] == '{')
            {
                end = Braces.FindEnd(line, i);
                if (end < 0 || (end + 1 < line.Length && !WhiteSpace.Is(line[end + 1]))) return false;
                words.Add(WhiteSpace.Trim(line[(i + 1)..end]));
                i = end + 1;
                continue;
            }
            while (end < line.Length && !WhiteSpace.Is(line[end])) end++;
            words.Add(line[i..end]);
            i = end;
        }
        return true;
    }

    /// <summary>The values of <c>-o</c>. The options end at the first word without a dash: what follows belongs to pipe(8) and spawn(8).</summary>
    public static IEnumerable<string> Overrides(IReadOnlyList<string> arguments) => Options(arguments).Where(option => option.Letter == 'o').Select(option => option.Value);

    /// <summary>What follows the options.</summary>
    public static IReadOnlyList<string> WithoutOptions(IReadOnlyList<string> arguments) => [.. arguments.Skip(Options(arguments).LastOrDefault().End)];

    private static IEnumerable<(char Letter, string Value, int End)> Options(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count && arguments[i] is ['-', not '-', ..] word; i++)
        {
            var option = word.AsSpan(1).IndexOfAny(TakeValue) + 1;
            if (option == 0)
            {
                yield return (word[1], "", i + 1);
                continue;
            }
            var letter = word[option];
            var value = option + 1 < word.Length ? word[(option + 1)..] : ++i < arguments.Count ? arguments[i] : "";
            yield return (letter, value, i + 1);
        }
    }
}
