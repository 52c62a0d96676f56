using System.Diagnostics;
using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>A real process with a real queue, killed with signal 9 in the middle of its work.</summary>
public sealed class CrashTests
{
    private const int Kills = 25;

    [Fact]
    public async Task Kill_at_any_moment_loses_nothing_that_was_acknowledged()
    {
        using var folder = new TemporaryFolder();
        var acknowledged = new Dictionary<string, (int Seed, int Size)>();
        var tried = new HashSet<string>();
        for (var kill = 0; kill < Kills; kill++)
        {
            await RunAndKillAsync(folder.Path, kill, 20 + kill * 13, mode: null, line => Note(line, acknowledged, tried));
            await CheckAsync(folder.Path, acknowledged, tried);
        }

        Assert.True(acknowledged.Count > Kills);
        Assert.True(tried.Count > 0);
    }

    /// <summary>Lets a child work in the folder and kills it after so many lines of what it says; <paramref name="mode"/> is a variable that tells it what to do.</summary>
    internal static async Task RunAndKillAsync(string folder, int kill, int lines, string? mode, Action<string> note)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, ArgumentList = { "--help" } };
        start.Environment[CrashChild.FolderVariable] = folder;
        start.Environment[CrashChild.SeedVariable] = (kill * 1_000_000).ToString(CultureInfo.InvariantCulture);
        if (mode is not null) start.Environment[mode] = "1";
        using var child = Process.Start(start)!;
        // Killed after another number of lines each time, so that the blow falls on every part of a commit.
        for (var read = 0; read < lines && await child.StandardOutput.ReadLineAsync() is { } line; read++) note(line);
        child.Kill();
        while (await child.StandardOutput.ReadLineAsync() is { } line) note(line);
        await child.WaitForExitAsync();
        Assert.Equal(128 + 9, child.ExitCode);
    }

    private static void Note(string line, Dictionary<string, (int Seed, int Size)> acknowledged, HashSet<string> tried)
    {
        // The last line may be cut off; whole ones end in a full stop.
        if (line.Split(' ') is ["kept", var id, var seed, var size, "."]) acknowledged[id] = (int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(size, CultureInfo.InvariantCulture));
        else if (line.Split(' ') is ["tried", var gone, "."]) tried.Add(gone);
    }

    private static async Task CheckAsync(string folder, Dictionary<string, (int Seed, int Size)> acknowledged, HashSet<string> tried)
    {
        await using var queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder, Node = "crash" });
        var there = new HashSet<string>();
        await foreach (var entry in queue.Administration.ListAsync(QueueFilter.All, default))
        {
            there.Add(entry.Id.Value);
            Assert.All(entry.Recipients, recipient => Assert.True(recipient.State is RecipientState.Due or RecipientState.Deferred));
            // Whole or not at all, acknowledged or not.
            var content = await Messages.ReadAsync((await queue.Administration.ReadContentAsync(entry.Id, default))!);
            if (acknowledged.TryGetValue(entry.Id.Value, out var written)) Assert.Equal(System.Text.Encoding.Latin1.GetString(Messages.Bytes(written.Size, written.Seed)), content);
        }
        Assert.Superset(acknowledged.Keys.Except(tried).ToHashSet(), there);
    }
}
