namespace PolicyMTA.Commands;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    public const int Good = 0;
    public const int Failed = 1;
    public const int Usage = 2;
}
