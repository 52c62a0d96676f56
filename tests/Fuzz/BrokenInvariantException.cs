namespace PolicyMTA.Fuzz;

/// <summary>What must hold for every input does not hold for this one.</summary>
internal sealed class BrokenInvariantException : Exception
{
    public BrokenInvariantException() { }
    public BrokenInvariantException(string message) : base(message) { }
    public BrokenInvariantException(string message, Exception innerException) : base(message, innerException) { }
}
