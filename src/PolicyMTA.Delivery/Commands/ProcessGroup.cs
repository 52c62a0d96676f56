using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PolicyMTA.Delivery.Commands;

/// <summary>
/// All that a command starts. It runs in a session of its own (<c>setsid</c>), so one signal reaches its process group; a child that left the group, as daemons do, is known by a mark in
/// the environment it was born with.
/// </summary>
internal sealed partial class ProcessGroup
{
    /// <summary>The variable in a command's environment that its children have too.</summary>
    public const string MarkName = "POLICYMTA_DELIVERY";

    private const string Starter = "/usr/bin/setsid";
    private const int StartFailed = 126, NotFound = 127, Kill = 9;
    // A child may be starting another while we look.
    private const int Looks = 5;

    private readonly string _mark = Guid.NewGuid().ToString("N");

    /// <summary>The words that start a command in a session of its own. The process stays the one that was started.</summary>
    public static IReadOnlyList<string> Words(IReadOnlyList<string> words) => HasStarter ? [Starter, "--", .. words] : words;

    /// <summary>What is put in its environment.</summary>
    public string Mark => _mark;

    /// <summary>Why the command itself was not started, when this end is the starter's own.</summary>
    public static string? FindStartFailure(int code, string output)
    {
        const string Said = "setsid: failed to execute ";
        return HasStarter && code is StartFailed or NotFound && output.StartsWith(Said, StringComparison.Ordinal) ? output["setsid: ".Length..] : null;
    }

    /// <summary>Ends the command and all that came of it.</summary>
    public void End(Process process)
    {
        if (HasStarter) _ = Signal(-process.Id, Kill);
        for (var look = 0; look < Looks && EndMarked(); look++) { }
    }

    private static bool HasStarter => OperatingSystem.IsLinux() && File.Exists(Starter);

    // Whether there was any.
    private bool EndMarked()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var mark = Encoding.ASCII.GetBytes($"{MarkName}={_mark}");
        var found = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !HasMark(folder, mark)) continue;
            found = true;
            _ = Signal(id, Kill);
        }
        return found;
    }

    private static bool HasMark(string folder, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes(folder + "/environ").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile, or another user's: no child of ours.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
