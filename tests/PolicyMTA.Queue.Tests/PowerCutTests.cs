using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PolicyMTA.Queue.Tests;

/// <summary>A kill leaves what was written with the kernel; a power cut does not. The writes and syncs of a real process are played up to each sync, and the rest is dropped or torn.</summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const int Messages = 120, MostCuts = 40;

    [Fact]
    public async Task Power_cut_after_any_sync_loses_nothing_that_was_acknowledged()
    {
        using var folder = new TemporaryFolder();
        var lines = await TraceAsync(folder.Path);
        var random = new Random(1);
        var every = Math.Max(1, lines.Count(line => line.EndsWith("= 0", StringComparison.Ordinal) && line.Contains("sync", StringComparison.Ordinal)) / MostCuts);
        var (files, acknowledged, tried) = (new TracedFiles(Path.Combine(folder.Path, "queue")), new Dictionary<string, (int Seed, int Size)>(), new HashSet<string>());
        var (syncs, cuts) = (0, 0);
        foreach (var line in lines)
        {
            Note(line, acknowledged, tried);
            if (!files.Follow(line) || ++syncs % every != 0 || acknowledged.Count == 0) continue;
            await CheckAsync(files, random, acknowledged, tried);
            cuts++;
        }
        await CheckAsync(files, random, acknowledged, tried);

        output.WriteLine($"{cuts} cuts of {syncs} syncs, {acknowledged.Count} messages acknowledged");
        Assert.Equal(Messages, acknowledged.Count);
        Assert.InRange(cuts, 5, 10 * MostCuts);
    }

    private static async Task<List<string>> TraceAsync(string folder)
    {
        var trace = Path.Combine(folder, "trace");
        var start = new ProcessStartInfo("strace") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-f", "-y", "-s", "110000", "-e", "trace=openat,mkdir,pwrite64,pwritev,write,fsync,fdatasync,ftruncate,unlink,rename", "-o", trace, Environment.ProcessPath!, "--help"]) start.ArgumentList.Add(argument);
        start.Environment[CrashChild.FolderVariable] = Path.Combine(folder, "queue");
        start.Environment[CrashChild.SeedVariable] = "1";
        start.Environment[CrashChild.CountVariable] = Messages.ToString(CultureInfo.InvariantCulture);
        Process strace;
        try { strace = Process.Start(start)!; }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.False(Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required", "strace is not installed");
            Assert.Skip("strace is not installed");
            throw;
        }
        using (strace)
        {
            var (said, errors) = (strace.StandardOutput.ReadToEndAsync(), strace.StandardError.ReadToEndAsync());
            await strace.WaitForExitAsync();
            if (!(await said).Contains("kept", StringComparison.Ordinal)) Assert.Skip($"strace may not trace here: {await errors}");
        }
        return [.. await File.ReadAllLinesAsync(trace, Encoding.Latin1)];
    }

    /// <summary>The child says what it was promised on its standard output, which is a call like any other.</summary>
    private static void Note(string line, Dictionary<string, (int Seed, int Size)> acknowledged, HashSet<string> tried)
    {
        var start = line.IndexOf("write(", StringComparison.Ordinal) < 0 ? -1 : line.IndexOf('"', StringComparison.Ordinal);
        if (start < 0) return;
        if (line[(start + 1)..].Split(' ') is ["kept", var id, var seed, var size, ..]) acknowledged[id] = (int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(size, CultureInfo.InvariantCulture));
        else if (line[(start + 1)..].Split(' ') is ["tried", var gone, ..]) tried.Add(gone);
    }

    private static async Task CheckAsync(TracedFiles files, Random random, Dictionary<string, (int Seed, int Size)> acknowledged, HashSet<string> tried)
    {
        using var copy = new TemporaryFolder();
        files.Cut(copy.Path, random);
        await using var queue = await StoreTests.OpenAsync(new QueueSettings { Folder = copy.Path, Node = "crash" });
        var there = new HashSet<string>();
        await foreach (var entry in queue.Administration.ListAsync(QueueFilter.All, default))
        {
            there.Add(entry.Id.Value);
            // Whole or not at all, acknowledged or not.
            var content = await Queue.Tests.Messages.ReadAsync((await queue.Administration.ReadContentAsync(entry.Id, default))!);
            if (acknowledged.TryGetValue(entry.Id.Value, out var written)) Assert.Equal(Encoding.Latin1.GetString(Queue.Tests.Messages.Bytes(written.Size, written.Seed)), content);
        }
        Assert.Superset(acknowledged.Keys.Except(tried).ToHashSet(), there);
    }
}
