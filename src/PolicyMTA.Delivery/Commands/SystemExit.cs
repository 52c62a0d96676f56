using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Commands;

/// <summary>What an exit code means for the mail (sysexits.h).</summary>
internal static class SystemExit
{
    private const int FirstSignal = 129, LastSignal = 192;
    private static readonly EnhancedStatus Delivered = new(2, 0, 0);
    private static readonly EnhancedStatus SystemTrouble = new(4, 3, 0);
    private static readonly EnhancedStatus SystemFailure = new(5, 3, 0);
    private static readonly EnhancedStatus BadConfiguration = new(4, 3, 5);

    private static readonly Dictionary<int, (EnhancedStatus Status, string Text)> Known = new()
    {
        [64] = (SystemFailure, "command line usage error"),
        [65] = (new(5, 6, 0), "data format error"),
        [66] = (SystemFailure, "cannot open input"),
        [67] = (new(5, 1, 1), "user unknown"),
        [68] = (new(5, 1, 2), "host name unknown"),
        [69] = (SystemFailure, "service unavailable"),
        [70] = (SystemFailure, "internal software error"),
        [71] = (SystemTrouble, "system resource problem"),
        [72] = (SystemFailure, "critical OS file missing"),
        [73] = (new(5, 2, 0), "can't create user output file"),
        [74] = (SystemFailure, "input/output error"),
        [75] = (SystemTrouble, "temporary failure"),
        [76] = (new(5, 5, 0), "remote error in protocol"),
        [77] = (new(5, 7, 0), "permission denied"),
        [78] = (new(5, 3, 5), "local configuration error"),
    };

    /// <summary>The status and the sentence for log and report.</summary>
    public static (EnhancedStatus Status, string Text) Read(CommandEnd end, string command, string delivered) => end switch
    {
        CommandEnd.Exited { Code: 0 } => (Delivered, delivered),
        CommandEnd.Exited exited => Read(exited, command),
        CommandEnd.TimedOut => (SystemTrouble, $"Command time limit exceeded: \"{command}\""),
        CommandEnd.NotStarted failed => (BadConfiguration, $"mail system configuration error: \"{command}\" could not be started: {failed.Reason}"),
        _ => throw new InvalidOperationException("unknown end"),
    };

    // As pipe(8): an enhanced status at the beginning of the output counts more than the code.
    private static (EnhancedStatus Status, string Text) Read(CommandEnd.Exited exited, string command)
    {
        if (exited.Code is >= FirstSignal and <= LastSignal) return (SystemTrouble, string.Create(CultureInfo.InvariantCulture, $"Command died with signal {exited.Code - 128}: \"{command}\"{Behind(exited.Output)}"));
        if (exited.Output.Split(' ', 2) is [var word, var rest] && EnhancedStatus.TryParse(word, out var own) && own.Class is 4 or 5) return (own, rest);
        var (status, text) = Known.TryGetValue(exited.Code, out var known) ? known : (SystemFailure, string.Create(CultureInfo.InvariantCulture, $"Command died with status {exited.Code}: \"{command}\""));
        return (status, text + Behind(exited.Output));
    }

    private static string Behind(string output) => output.Length == 0 ? "" : $". Command output: {output}";
}
