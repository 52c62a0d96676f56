using System.Text.Json;
using PolicyMTA.Testing;

namespace PolicyMTA.Smtp.Tests;

/// <summary>Cases of published suites.</summary>
internal static class Suite
{
    public static IReadOnlyList<JsonElement> Cases(string file)
    {
        using var document = Suites.Find(file);
        return document is null ? [] : [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(one => one.Clone())];
    }

    /// <summary>The repository.</summary>
    public static string? Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PolicyMTA.sln"))) folder = folder.Parent;
        return folder?.FullName;
    }
}
