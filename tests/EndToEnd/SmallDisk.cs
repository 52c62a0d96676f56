using System.Globalization;

namespace PolicyMTA.EndToEnd;

/// <summary>A disk of its own over a folder: it can be filled and made read-only without harm. Only root may make one.</summary>
internal sealed class SmallDisk(string folder) : IAsyncDisposable
{
    private const int Piece = 64 * 1024;
    private readonly DriveInfo _drive = new(folder);
    private readonly string _filler = Path.Combine(folder, "filler");

    /// <summary>Mounts it; skips the test where that may not be done.</summary>
    public static async Task<SmallDisk> OverAsync(string folder, int megabytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) Assert.Skip("only root may mount a small disk");
        Command.Require("mount", "umount");
        var result = await Command.RunAsync("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m,mode=0700"), "tmpfs", folder]);
        if (result.ExitCode != 0) Assert.Skip($"no small disk can be mounted here: {result.Errors}");
        return new SmallDisk(folder);
    }

    /// <summary>Takes all but a rest of its space.</summary>
    public async Task FillAsync(long rest)
    {
        await using var file = File.Create(_filler);
        while (_drive.AvailableFreeSpace > rest + Piece)
        {
            await file.WriteAsync(new byte[Piece]);
            await file.FlushAsync();
        }
    }

    public void Free() => File.Delete(_filler);

    public async Task MakeReadOnlyAsync()
    {
        var result = await Command.RunAsync("mount", ["-o", "remount,ro", folder]);
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    // Lazily: a server may still be at work on it.
    public async ValueTask DisposeAsync() => await Command.RunAsync("umount", ["-l", folder]);
}
