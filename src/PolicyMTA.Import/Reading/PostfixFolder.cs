namespace PolicyMTA.Import.Reading;

/// <summary>A folder with a main.cf and a master.cf, perhaps a copy of the one they were written for.</summary>
internal sealed class PostfixFolder
{
    private readonly string _path;
    private readonly IReadOnlyList<string> _homes;

    private PostfixFolder(string path, MainConfiguration main, MasterConfiguration master)
    {
        _path = path;
        Main = main;
        Master = master;
        _homes = [main.InForce.TryGetValue("config_directory", out var home) && !home.Value.Contains('$', StringComparison.Ordinal) ? home.Value : "/etc/postfix", path];
    }

    public MainConfiguration Main { get; }

    public MasterConfiguration Master { get; }

    /// <summary>What the files themselves call the folder.</summary>
    public string Home => _homes[0];

    /// <summary>Reads the two files.</summary>
    /// <exception cref="IOException">One of them is not there, or can't be read.</exception>
    public static PostfixFolder Open(string path)
    {
        path = Path.GetFullPath(path);
        return new PostfixFolder(path, MainConfiguration.Read("main.cf", File.ReadAllText(Path.Combine(path, "main.cf"))), MasterConfiguration.Read("master.cf", File.ReadAllText(Path.Combine(path, "master.cf"))));
    }

    /// <summary>The path of a file from this folder on, with slashes; null where it is elsewhere.</summary>
    public string? FindInside(string path)
    {
        foreach (var home in _homes)
        {
            var below = Path.GetRelativePath(home, path);
            if (Path.IsPathFullyQualified(path) && below != "." && below != ".." && !below.StartsWith("../", StringComparison.Ordinal)) return below;
        }
        return null;
    }

    /// <summary>The text of a file of this folder; null where there is none.</summary>
    public string? ReadInside(string relative) => File.Exists(Path.Combine(_path, relative)) ? File.ReadAllText(Path.Combine(_path, relative)) : null;
}
