namespace PolicyMTA.Commands.Postfix;

/// <summary>What mail programs tell the shell (sysexits.h).</summary>
internal static class SystemExit
{
    public const int Good = 0;
    /// <summary>What Postfix's own tools end with when something can't be read.</summary>
    public const int Failed = 1;
    public const int Usage = 64;
    public const int DataError = 65;
    public const int NoInput = 66;
    public const int Unavailable = 69;
    public const int Software = 70;
    public const int IoError = 74;
    public const int TemporaryFailure = 75;
    public const int NoPermission = 77;
}

/// <summary>A program called by an old name ends with a sentence and a code of sysexits.h.</summary>
internal sealed class FatalException(int code, string message, Exception? inner = null) : Exception(message, inner)
{
    public int Code { get; } = code;
}
