using System.Text.Json.Nodes;
using PolicyMTA.Testing;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>The published transcripts of Postfix's own restriction tests, when they are at hand.</summary>
internal static class PostfixSuite
{
    private const string File = "postfix/smtpd-restrictions.json";

    public static JsonObject? Load() => Suites.FindFile(File) is { } path ? (JsonObject)JsonNode.Parse(System.IO.File.ReadAllText(path))! : null;
}
