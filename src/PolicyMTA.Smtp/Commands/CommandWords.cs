namespace PolicyMTA.Smtp;

/// <summary>Walks the words of a command line.</summary>
internal ref struct CommandWords(ReadOnlySpan<byte> text)
{
    private static ReadOnlySpan<byte> White => " \t"u8;

    /// <summary>What has not been taken, without white space around it.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = text.Trim(White);

    public readonly bool IsEmpty => Rest.IsEmpty;

    public bool TryNext(out ReadOnlySpan<byte> word)
    {
        var end = Rest.IndexOfAny(White);
        word = end < 0 ? Rest : Rest[..end];
        Rest = Rest[word.Length..].TrimStart(White);
        return word.Length > 0;
    }

    /// <summary>The next word when it is the only one left.</summary>
    public bool TryLast(out ReadOnlySpan<byte> word) => TryNext(out word) && IsEmpty;
}
