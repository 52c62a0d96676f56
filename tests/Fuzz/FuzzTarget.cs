namespace PolicyMTA.Fuzz;

/// <summary>One parser and what must hold for it, whatever the bytes. Stateless: the same input always does the same.</summary>
internal abstract class FuzzTarget
{
    /// <summary>The name on the command line and of the folder of its corpus.</summary>
    public abstract string Name { get; }

    /// <summary>Words that inputs are made of; one character is one octet.</summary>
    public abstract IReadOnlyList<string> Words { get; }

    /// <summary>Inputs are no longer: enough for the limits of the parser, where it has some.</summary>
    public virtual int MaxOctets => 400;

    /// <summary>Feeds the input and re-checks the result the slow way.</summary>
    /// <exception cref="BrokenInvariantException">Something that must hold does not.</exception>
    public abstract void Check(byte[] input);

    protected static void Require(bool holds, string what)
    {
        if (!holds) throw new BrokenInvariantException(what);
    }
}
