using System.Text.Json.Nodes;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>The published transcripts of Postfix's own restriction tests, when they are at hand.</summary>
internal static class PostfixSuite
{
    private const string File = "postfix/smtpd-restrictions.json";

    public static JsonObject? Load() => Find() is { } path ? (JsonObject)JsonNode.Parse(System.IO.File.ReadAllText(path))! : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("POLICYMTA_SUITES") is { Length: > 0 } folder) return Existing(Path.Combine(folder, File));
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(parent.FullName, "PolicyMTA.sln"))) return Existing(Path.Combine(parent.FullName, "../shared/conformance", File));
        }
        return null;
    }

    private static string? Existing(string path) => System.IO.File.Exists(path) ? path : null;
}
