namespace PolicyMTA.EndToEnd;

/// <summary>Where built things lie.</summary>
internal static class Repository
{
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of the built program.</summary>
    public static string Program => Path.Combine(Root, "src", "PolicyMTA", "bin", Configuration, "net10.0");

    /// <summary>The sample plugin, and its next version.</summary>
    public static string HelloRestriction => Path.Combine(Root, "samples", "HelloRestriction", "bin", Configuration, "net10.0", "HelloRestriction.dll");
    public static string NewerHelloRestriction => Path.Combine(Root, "tests", "EndToEnd", "NewerHello", "bin", Configuration, "net10.0", "HelloRestriction.dll");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PolicyMTA.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException("the tests do not run from inside the repository");
    }
}
