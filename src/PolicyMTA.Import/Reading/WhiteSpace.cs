namespace PolicyMTA.Import.Reading;

/// <summary>What C's isspace() takes for white space; .NET's own idea is wider.</summary>
internal static class WhiteSpace
{
    public const string Characters = " \t\n\v\f\r";

    public static bool Is(char c) => Characters.Contains(c, StringComparison.Ordinal);

    public static string Trim(string text) => text.AsSpan().Trim(Characters).ToString();
}
