using System.Net;
using System.Runtime.CompilerServices;
using PolicyMTA.Sdk;

namespace PolicyMTA.PluginHost.Tests;

/// <summary>A plugins folder of a test's own, with a loader that searches it.</summary>
internal sealed class PluginFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("plugins-").FullName;

    public PluginFolder(TimeProvider? time = null)
    {
        Path = System.IO.Path.Combine(_root, "plugins");
        Versions = System.IO.Path.Combine(Path, ".versions");
        Directory.CreateDirectory(Path);
        Loader = new PluginLoader(new PluginHostOptions { Folders = [Path], VersionsFolder = Versions, Time = time ?? TimeProvider.System });
    }

    public string Path { get; }
    public string Versions { get; }
    public PluginLoader Loader { get; }

    public static string Built(string plugin, string? file = null)
    {
        var folder = System.IO.Path.Combine(AppContext.BaseDirectory, "TestPlugins", plugin);
        return file is null ? Directory.GetFiles(folder, "*.dll").Single() : System.IO.Path.Combine(folder, file);
    }

    /// <summary>Puts a built plugin's DLL there; the name may have folders.</summary>
    public string Drop(string plugin, string? name = null) => Put(name ?? System.IO.Path.GetFileName(Built(plugin)), File.ReadAllBytes(Built(plugin)));

    public string Put(string name, ReadOnlySpan<byte> content)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        // As old as a file that lies there for some time: no waiting for it to settle.
        File.SetLastWriteTimeUtc(path, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        return path;
    }

    public async Task<StagedPlugin> StageAsync()
    {
        var scan = await Loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Empty(scan.Errors);
        return Assert.Single(scan.Plugins);
    }

    public async Task<PluginError> FailAsync()
    {
        var scan = await Loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Empty(scan.Plugins);
        return Assert.Single(scan.Errors);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<string> SayAsync(LoadedPlugin plugin, string restriction)
    {
        var made = (IRestriction<ClientContext>)plugin.Declarations.Restrictions[restriction].Create(new RestrictionArguments(restriction, [], new Dictionary<string, object?>()), null!);
        return Assert.IsType<Verdict.Log>(await made.CheckAsync(Context(), TestContext.Current.CancellationToken)).Text;
    }

    public static HeloContext Context(string helo = "client.example") => new(new SessionFacts
    {
        Id = "1",
        Client = new Client { Address = IPAddress.Loopback },
        Server = new Server(IPAddress.Loopback, 25, "mx.example"),
        Listener = "smtp",
        Helo = new Helo(helo, IsExtended: true),
    });

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
