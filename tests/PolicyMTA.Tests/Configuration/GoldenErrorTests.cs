using System.Runtime.CompilerServices;
using PolicyMTA.Configuration;

namespace PolicyMTA.Tests.Configuration;

/// <summary>
/// Each file in Golden holds a configuration, a line <c>---</c>, and the errors it must give. <c>UPDATE_GOLDEN=1</c> writes the errors anew.
/// </summary>
public sealed class GoldenErrorTests
{
    private const string Separator = "---\n";

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder(), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Mistakes_are_told_all_at_once_with_their_places(string name)
    {
        var file = Path.Combine(Folder(), name + ".txt");
        var parts = File.ReadAllText(file).Split(Separator, 2);
        var errors = ConfigurationLoader.Parse(parts[0], "/srv/policymta.toml", "/srv").Errors;
        var told = string.Concat(errors.Select(e => e.ToString().Replace("/srv/", "", StringComparison.Ordinal) + "\n"));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(file, parts[0] + Separator + told);
        else Assert.Equal(parts[1], told);
    }

    private static string Folder([CallerFilePath] string self = "") => Path.Combine(Path.GetDirectoryName(self)!, "Golden");
}
