namespace PolicyMTA.Addressing;

/// <summary>The tokens of one address in a field, the comments among them included.</summary>
/// <param name="Tokens">At least one.</param>
/// <param name="LacksComma">True when only white space parts it from the address before it.</param>
internal readonly record struct FoundAddress(IReadOnlyList<AddressToken> Tokens, bool LacksComma)
{
    internal int Start => Tokens[0].Start;

    internal int End => Tokens[^1].End;
}

/// <summary>
/// Finds the addresses among the tokens of a field, as Postfix's tok822_parse does: what stands in angle brackets, else each run of words that operators join; the names before brackets
/// and those of groups are none.
/// </summary>
internal static class HeaderAddressFinder
{
    internal static List<FoundAddress> Find(List<AddressToken> tokens)
    {
        var found = new List<FoundAddress>();
        var lastEndOfGroup = tokens.FindLastIndex(token => token.Is(';'));
        var element = new List<AddressToken>();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Is('<'))
            {
                var close = tokens.FindIndex(i, token => token.Is('>'));
                if (close < 0) return found;
                AddBracketed(found, tokens.GetRange(i + 1, close - i - 1));
                element.Clear();
                i = tokens.FindIndex(close, token => token.Is(',') || token.Is(';'));
                if (i < 0) return found;
            }
            else if (tokens[i].Is(',') || tokens[i].Is(';'))
            {
                AddWords(found, element);
                element.Clear();
            }
            else if (tokens[i].Is(':') && i < lastEndOfGroup && !element.Exists(token => token.Is('@')))
            {
                element.Clear();
            }
            else
            {
                element.Add(tokens[i]);
            }
        }
        AddWords(found, element);
        return found;
    }

    private static void AddBracketed(List<FoundAddress> found, List<AddressToken> tokens)
    {
        if (tokens.Exists(token => token.IsWord)) found.Add(new FoundAddress(tokens, LacksComma: false));
    }

    private static void AddWords(List<FoundAddress> found, List<AddressToken> element)
    {
        var run = new List<AddressToken>();
        var isFirst = true;
        var isBehindWord = false;
        foreach (var token in element)
        {
            if (token.IsWord && isBehindWord) Flush();
            if (token.Kind != AddressTokenKind.Comment) isBehindWord = token.IsWord;
            if (token.Kind != AddressTokenKind.Comment || run.Count > 0) run.Add(token);
        }
        Flush();

        void Flush()
        {
            while (run.Count > 0 && run[^1].Kind == AddressTokenKind.Comment) run.RemoveAt(run.Count - 1);
            if (run.Exists(token => token.IsWord))
            {
                found.Add(new FoundAddress(run, !isFirst));
                isFirst = false;
            }
            run = [];
        }
    }
}
