using System.Text.Json;

namespace PolicyMTA.Plugins.Tests;

/// <summary>Published test suites, which are not part of the repository: from the folder POLICYMTA_SUITES, else beside the checkout.</summary>
internal static class Suites
{
    public static JsonDocument? Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder?.Parent is not null; folder = folder.Parent)
        {
            var root = Environment.GetEnvironmentVariable("POLICYMTA_SUITES") ?? Path.Combine(folder.Parent.FullName, "shared", "conformance");
            var file = Path.Combine(root, path);
            if (File.Exists(file)) return JsonDocument.Parse(File.ReadAllText(file));
        }
        return null;
    }
}
