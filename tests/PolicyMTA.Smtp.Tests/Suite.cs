using System.Text.Json;

namespace PolicyMTA.Smtp.Tests;

/// <summary>Published suites, read from where they lie: <c>POLICYMTA_SUITES</c>, else beside the repository.</summary>
internal static class Suite
{
    public static IReadOnlyList<JsonElement> Cases(string file)
    {
        var path = Path.Combine(Folder() ?? "", file);
        if (!File.Exists(path)) return [];
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(one => one.Clone())];
    }

    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("POLICYMTA_SUITES") is { Length: > 0 } named) return named;
        return Root() is { } root && Path.Combine(root, "..", "shared", "conformance") is var beside && Directory.Exists(beside) ? beside : null;
    }

    /// <summary>The repository.</summary>
    public static string? Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PolicyMTA.sln"))) folder = folder.Parent;
        return folder?.FullName;
    }
}
