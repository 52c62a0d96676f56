using System.Runtime.CompilerServices;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>Compares with a file beside the tests; <c>UPDATE_GOLDEN=1</c> rewrites it.</summary>
internal static class Golden
{
    public static void Check(string name, string text, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name + ".eml");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text.Replace("\r\n", "\n"));
        }
        Assert.DoesNotContain("\n", text.Replace("\r\n", ""));
        Assert.Equal(File.ReadAllText(path), text.Replace("\r\n", "\n"));
    }
}
