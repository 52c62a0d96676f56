namespace PolicyMTA.Import.Reading;

/// <summary>Where something stands in the files that are read.</summary>
internal readonly record struct Place(string File, int Line)
{
    public override string ToString() => $"{File}:{Line}";
}
