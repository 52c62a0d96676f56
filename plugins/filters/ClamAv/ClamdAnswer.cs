namespace PolicyMTA.Filters.ClamAv;

/// <summary>What clamd says of a stream. A closed set of immutable values.</summary>
internal abstract record ClamdAnswer
{
    private const int LongestName = 200;

    private ClamdAnswer() { }

    /// <summary>It knows nothing bad of it.</summary>
    internal sealed record Clean : ClamdAnswer;

    /// <summary>It found something.</summary>
    internal sealed record Infected(string Name) : ClamdAnswer;

    /// <summary>It stopped to read: StreamMaxLength.</summary>
    internal sealed record TooLarge : ClamdAnswer;

    /// <summary>Reads an answer to INSTREAM (clamd(8)).</summary>
    /// <exception cref="InvalidDataException">It is none of these.</exception>
    internal static ClamdAnswer Parse(string text)
    {
        const string Start = "stream: ", Found = " FOUND";
        if (text == "stream: OK") return new Clean();
        if (text.StartsWith("INSTREAM size limit exceeded", StringComparison.Ordinal)) return new TooLarge();
        if (text.StartsWith(Start, StringComparison.Ordinal) && text.EndsWith(Found, StringComparison.Ordinal) && text.Length > Start.Length + Found.Length) return new Infected(Printable(text[Start.Length..^Found.Length]));
        throw new InvalidDataException($"'{Printable(text)}'");
    }

    // It stands in a reply.
    private static string Printable(string text) => string.Concat(text.Take(LongestName).Select(c => c is < ' ' or > '~' ? '?' : c));
}
