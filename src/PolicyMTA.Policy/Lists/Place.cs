namespace PolicyMTA.Policy.Lists;

/// <summary>A place in the policies; <see cref="None"/> for what is built in. Line and column count from 1.</summary>
internal readonly record struct Place(string File, int Line, int Column)
{
    public static Place None { get; } = new("", 0, 0);
}
