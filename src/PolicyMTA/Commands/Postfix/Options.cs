namespace PolicyMTA.Commands.Postfix;

/// <summary>
/// Options as getopt(3) reads them, for the programs that are called by Postfix's names; <c>--config FILE</c> and <c>--json</c> besides. An immutable value.
/// </summary>
internal sealed record Options
{
    /// <summary>The options in order: their letters, and their values where they take one.</summary>
    public required IReadOnlyList<(char Letter, string Value)> Given { get; init; }
    /// <summary>What is no option.</summary>
    public required IReadOnlyList<string> Operands { get; init; }
    /// <summary><c>--config</c>; null when it was not given.</summary>
    public string? Configuration { get; init; }
    /// <summary><c>--json</c>.</summary>
    public bool IsJson { get; init; }

    /// <summary>Reads arguments; a letter that a colon follows in <paramref name="letters"/> takes a value.</summary>
    /// <exception cref="FatalException">There is no such option, or its value is missing.</exception>
    public static Options Parse(IReadOnlyList<string> arguments, string letters)
    {
        var given = new List<(char, string)>();
        var operands = new List<string>();
        var (file, isJson) = ((string?)null, false);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                operands.AddRange(arguments.Skip(i + 1));
                break;
            }
            if (argument == "--json") isJson = true;
            else if (argument == "--config") file = ++i < arguments.Count ? arguments[i] : throw new FatalException(SystemExit.Usage, "option --config needs a file");
            else if (argument.StartsWith("--config=", StringComparison.Ordinal)) file = argument["--config=".Length..];
            else if (argument.Length < 2 || argument[0] != '-') operands.Add(argument);
            else ReadCluster(arguments, ref i, letters, given);
        }
        return new Options { Given = given, Operands = operands, Configuration = file, IsJson = isJson };
    }

    public bool Has(char letter) => Given.Any(option => option.Letter == letter);

    /// <summary>The last value of an option; null when it was not given.</summary>
    public string? Find(char letter) => Given.LastOrDefault(option => option.Letter == letter) is { Letter: not '\0' } found ? found.Value : null;

    private static void ReadCluster(IReadOnlyList<string> arguments, ref int i, string letters, List<(char, string)> given)
    {
        var argument = arguments[i];
        for (var at = 1; at < argument.Length; at++)
        {
            var letter = argument[at];
            var place = letter == ':' ? -1 : letters.IndexOf(letter, StringComparison.Ordinal);
            if (place < 0) throw new FatalException(SystemExit.Usage, $"there is no option -{letter}");
            if (place + 1 == letters.Length || letters[place + 1] != ':')
            {
                given.Add((letter, ""));
                continue;
            }
            if (at + 1 < argument.Length) given.Add((letter, argument[(at + 1)..]));
            else given.Add((letter, ++i < arguments.Count ? arguments[i] : throw new FatalException(SystemExit.Usage, $"option -{letter} needs a value")));
            return;
        }
    }
}
