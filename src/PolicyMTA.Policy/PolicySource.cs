using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Policy;

/// <summary>A policies folder as it was at one moment, read into memory once: what is loaded is what was hashed. An immutable value.</summary>
public sealed class PolicySource
{
    // A policy is a few kilobytes; a larger file is something else that lies in the folder by mistake.
    private const long MaxFileSize = 1 << 20;

    /// <summary>Policies given as texts, by their path below the root, with <c>/</c>.</summary>
    public PolicySource(IReadOnlyDictionary<string, string> files, string name = "policies") : this(files, [], name)
    {
    }

    private PolicySource(IReadOnlyDictionary<string, string> files, IReadOnlyList<PolicyError> problems, string name)
    {
        Files = files;
        Problems = problems;
        Name = name;
        Hash = HashOf(files);
    }

    /// <summary>The texts of the .js files, without tests, by their path below the root.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>SHA-256 of paths and texts, in hex.</summary>
    public string Hash { get; }

    /// <summary>How errors call the root.</summary>
    public string Name { get; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<PolicyError> Problems { get; }

    /// <summary>Reads a folder. What can't be read becomes an error of the load, not an exception.</summary>
    public static PolicySource Read(string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var problems = new List<PolicyError>();
        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*.js", SearchOption.AllDirectories)) ReadFile(folder, path, name, files, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new PolicyError(name, 0, 0, $"can't read the folder: {e.Message}"));
        }
        return new PolicySource(files, problems, name);
    }

    private static void ReadFile(string folder, string path, string name, SortedDictionary<string, string> files, List<PolicyError> problems)
    {
        var relative = Path.GetRelativePath(folder, path).Replace('\\', '/');
        if (relative.EndsWith(".test.js", StringComparison.Ordinal) || relative.Split('/').Any(p => p.StartsWith('.'))) return;
        try
        {
            if (new FileInfo(path).Length > MaxFileSize) problems.Add(new PolicyError($"{name}/{relative}", 0, 0, "larger than 1 MiB"));
            else files[relative] = File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add(new PolicyError($"{name}/{relative}", 0, 0, e is ArgumentException ? "is not UTF-8" : $"can't be read: {e.Message}"));
        }
    }

    private static string HashOf(IReadOnlyDictionary<string, string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, text) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\0{Encoding.UTF8.GetByteCount(text)}\0"));
            hash.AppendData(Encoding.UTF8.GetBytes(text));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
