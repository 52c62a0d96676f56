using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.Queue.Tests;

/// <summary>
/// The files of a folder as a disk would have them when the power goes: what was synced is there, what was written since is there, half there or missing, and a new
/// name is there once its folder was synced. Fed with the lines of strace.
/// </summary>
internal sealed partial class TracedFiles(string root)
{
    private const int Sector = 512, Block = 1 << 16;

    private readonly Dictionary<string, TracedFile> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    // By thread: what a sync that has begun will make durable when it ends.
    private readonly Dictionary<string, Action> _syncing = new(StringComparer.Ordinal);

    /// <summary>Follows one call; true when it ended a sync.</summary>
    internal bool Follow(string line)
    {
        var thread = line[..line.IndexOf(' ', StringComparison.Ordinal)];
        if (line.Contains("sync resumed>", StringComparison.Ordinal)) return _syncing.Remove(thread, out var end) && End(line, end);
        if (Sync().Match(line) is { Success: true } sync)
        {
            if (FindSync(sync.Groups[1].Value) is not { } effect) return false;
            if (!line.Contains("<unfinished", StringComparison.Ordinal)) return End(line, effect);
            _syncing[thread] = effect;
        }
        else if (Write().Match(line) is { Success: true } write && Name(write.Groups[1].Value) is { } written)
        {
            Find(written).Unsynced.Add((long.Parse(write.Groups[5].Value, CultureInfo.InvariantCulture), Bytes(write.Groups[2].Value, write.Groups[3].Success, int.Parse(write.Groups[4].Value, CultureInfo.InvariantCulture))));
        }
        else if (Unlink().Match(line) is { Success: true } unlink && Name(unlink.Groups[1].Value) is { } gone)
        {
            _files.Remove(gone);
        }
        else if (Truncate().Match(line) is { Success: true } truncate && Name(truncate.Groups[1].Value) is { } cut)
        {
            Find(cut).Unsynced.Add((long.Parse(truncate.Groups[2].Value, CultureInfo.InvariantCulture), null));
        }
        else if (line.Contains("O_CREAT", StringComparison.Ordinal) && Create().Match(line) is { Success: true } create && Name(create.Groups[1].Value) is { } created)
        {
            Find(created);
        }
        else if (MakeFolder().Match(line) is { Success: true } make && Name(make.Groups[1].Value) is { } folder)
        {
            _folders.Add(folder);
        }
        return false;
    }

    /// <summary>Writes the files as they may be after a power cut now.</summary>
    internal void Cut(string folder, Random random)
    {
        foreach (var made in _folders) Directory.CreateDirectory(Path.Combine(folder, made));
        foreach (var (name, file) in _files.Where(pair => pair.Value.HasName))
        {
            var content = new MemoryStream();
            foreach (var (offset, bytes) in file.Synced) Apply(content, offset, bytes);
            foreach (var (offset, bytes) in file.Unsynced)
            {
                var fate = random.Next(3);
                if (fate == 0) Apply(content, offset, bytes);
                else if (fate == 1 && bytes is not null) Apply(content, offset, bytes[..Math.Min(bytes.Length, random.Next(1, 9) * Sector)]);
            }
            WriteSparse(Path.Combine(folder, name), content);
        }
    }

    private static bool End(string line, Action effect)
    {
        if (!line.EndsWith("= 0", StringComparison.Ordinal)) return false;
        effect();
        return true;
    }

    private Action? FindSync(string path)
    {
        if (Name(path) is not { } name) return null;
        if (_files.TryGetValue(name, out var file))
        {
            // Two threads may sync one file at once.
            var end = file.Synced.Count + file.Unsynced.Count;
            return () =>
            {
                var count = Math.Max(0, end - file.Synced.Count);
                file.Synced.AddRange(file.Unsynced.Take(count));
                file.Unsynced.RemoveRange(0, count);
            };
        }
        var inside = _files.Where(pair => (Path.GetDirectoryName(pair.Key) ?? "") == name).Select(pair => pair.Value).ToList();
        return () => inside.ForEach(one => one.HasName = true);
    }

    private TracedFile Find(string name)
    {
        if (!_files.TryGetValue(name, out var file)) _files.Add(name, file = new TracedFile());
        return file;
    }

    // The shared memory beside the log is no file of the disk's: it is made anew.
    private string? Name(string path) => path == root ? "" : path.StartsWith(root + "/", StringComparison.Ordinal) && !path.EndsWith("-shm", StringComparison.Ordinal) ? path[(root.Length + 1)..] : null;

    private static void Apply(MemoryStream content, long offset, byte[]? bytes)
    {
        if (bytes is null)
        {
            content.SetLength(offset);
            return;
        }
        content.Position = offset;
        content.Write(bytes);
    }

    private static void WriteSparse(string path, MemoryStream content)
    {
        using var file = File.Create(path);
        file.SetLength(content.Length);
        for (var offset = 0; offset < content.Length; offset += Block)
        {
            var block = content.GetBuffer().AsSpan(offset, (int)Math.Min(Block, content.Length - offset));
            if (!block.ContainsAnyExcept((byte)0)) continue;
            file.Position = offset;
            file.Write(block);
        }
    }

    /// <summary>A string as strace prints it. One that it cut short is the lengthening of the log: zeros.</summary>
    private static byte[] Bytes(string text, bool isShort, int length)
    {
        var bytes = new List<byte>(length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.Add((byte)text[i]);
                continue;
            }
            i++;
            if (text[i] is >= '0' and <= '7')
            {
                var value = 0;
                var end = Math.Min(text.Length, i + 3);
                for (; i < end && text[i] is >= '0' and <= '7'; i++) value = value * 8 + text[i] - '0';
                i--;
                bytes.Add((byte)value);
            }
            else
            {
                bytes.Add(text[i] switch { 'n' => 10, 't' => 9, 'r' => 13, 'v' => 11, 'f' => 12, 'a' => 7, 'b' => 8, 'e' => 27, var plain => (byte)plain });
            }
        }
        if (isShort) Assert.DoesNotContain(bytes, b => b != 0);
        else Assert.Equal(length, bytes.Count);
        return isShort ? new byte[length] : [.. bytes];
    }

    [GeneratedRegex("f(?:data)?sync\\(\\d+<([^>]+)>")]
    private static partial Regex Sync();

    [GeneratedRegex("pwrite64\\(\\d+<([^>]+)>, \"((?:[^\"\\\\]|\\\\.)*)\"(\\.\\.\\.)?, (\\d+), (\\d+)")]
    private static partial Regex Write();

    [GeneratedRegex("unlink\\(\"([^\"]+)\"")]
    private static partial Regex Unlink();

    [GeneratedRegex("ftruncate\\(\\d+<([^>]+)>, (\\d+)")]
    private static partial Regex Truncate();

    [GeneratedRegex("openat\\([^\"]*\"([^\"]+)\"")]
    private static partial Regex Create();

    [GeneratedRegex("mkdir\\(\"([^\"]+)\"")]
    private static partial Regex MakeFolder();

    private sealed class TracedFile
    {
        /// <summary>Writes in order; null bytes cut the file there.</summary>
        internal List<(long Offset, byte[]? Bytes)> Synced { get; } = [];
        internal List<(long Offset, byte[]? Bytes)> Unsynced { get; } = [];
        internal bool HasName { get; set; }
    }
}
