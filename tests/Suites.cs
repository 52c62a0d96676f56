using System.Text.Json;

namespace PolicyMTA.Testing;

/// <summary>Published test suites, which are not part of the repository: from the folder POLICYMTA_SUITES, else beside the checkout.</summary>
internal static class Suites
{
    /// <summary>Opens a suite's file; null where there is none.</summary>
    public static JsonDocument? Find(string path) => FindFile(path) is { } file ? JsonDocument.Parse(File.ReadAllBytes(file)) : null;

    /// <summary>Where a suite's file lies; null where there is none.</summary>
    public static string? FindFile(string path) => Folder() is { } folder && Path.Combine(folder, path) is var file && File.Exists(file) ? file : null;

    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("POLICYMTA_SUITES") is { Length: > 0 } named) return named;
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "PolicyMTA.sln"))) root = root.Parent;
        return root?.Parent is { } parent ? Path.Combine(parent.FullName, "shared", "conformance") : null;
    }
}
