namespace PolicyMTA.PluginHost.Tests;

public sealed class ScanTests : IDisposable
{
    private readonly PluginFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_single_dll_is_a_plugin()
    {
        var path = _folder.Drop("HelloRestriction");
        var plugin = await _folder.StageAsync();
        Assert.Equal(("HelloRestriction", path), (plugin.Name, plugin.SourcePath));
        Assert.StartsWith(Path.Combine(_folder.Versions, plugin.Hash), plugin.AssemblyPath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_found_below_folders_of_a_kind()
    {
        _folder.Drop("Greeter1", "restrictions/Greeter/Greeter.dll");
        _folder.Drop("HelloRestriction", "restrictions/Hello/HelloRestriction.dll");
        var scan = await _folder.Loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["Greeter", "HelloRestriction"], scan.Plugins.Select(p => p.Name));
    }

    [Fact]
    public async Task Copies_of_earlier_versions_are_no_plugins()
    {
        _folder.Drop("Greeter1");
        var first = await _folder.StageAsync();
        var second = await _folder.StageAsync();
        Assert.Equal(first.AssemblyPath, second.AssemblyPath);
    }

    [Fact]
    public async Task Folders_that_are_not_there_hold_nothing()
    {
        var loader = new PluginLoader(new PluginHostOptions { Folders = [Path.Combine(_folder.Path, "none")], VersionsFolder = _folder.Versions });
        var scan = await loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Empty(scan.Plugins);
        Assert.Empty(scan.Errors);
    }

    [Fact]
    public async Task Another_content_has_another_hash()
    {
        _folder.Drop("Greeter1");
        var first = await _folder.StageAsync();
        _folder.Drop("Greeter2");
        var second = await _folder.StageAsync();
        Assert.NotEqual(first.Hash, second.Hash);
        Assert.Equal((new Version(1, 0, 0, 0), new Version(2, 0, 0, 0)), (first.Version, second.Version));
    }

    [Fact]
    public async Task A_file_that_is_no_assembly_is_named()
    {
        var path = _folder.Put("letter.dll", "Dear plugin host"u8);
        Assert.Equal(new PluginError(path, "is no .NET assembly"), await _folder.FailAsync());
    }

    [Fact]
    public async Task An_empty_file_is_no_assembly()
    {
        var path = _folder.Put("empty.dll", []);
        Assert.Equal(new PluginError(path, "is no .NET assembly"), await _folder.FailAsync());
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.95)]
    public async Task A_cut_off_assembly_is_refused(double share)
    {
        var whole = await File.ReadAllBytesAsync(PluginFolder.Built("Greeter1"), TestContext.Current.CancellationToken);
        var path = _folder.Put("Greeter.dll", whole.AsSpan(0, (int)(whole.Length * share)));
        var error = await _folder.FailAsync();
        Assert.Equal(path, error.Path);
    }

    [Fact]
    public async Task An_assembly_without_entry_is_no_plugin()
    {
        _folder.Drop("Companion1");
        Assert.Contains("[assembly: Plugin<T>]", (await _folder.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_dependency_is_named()
    {
        var path = _folder.Drop("Dependent");
        Assert.Equal(new PluginError(path, "needs Companion 2.0.0.0, which is neither part of .NET nor beside it"), await _folder.FailAsync());
    }

    [Fact]
    public async Task An_older_dependency_is_refused()
    {
        _folder.Drop("Dependent", "dependent/Dependent.dll");
        _folder.Drop("Companion1", "dependent/Companion.dll");
        Assert.Equal("needs Companion 2.0.0.0, but the one beside it is 1.0.0.0", (await _folder.FailAsync()).Message);
    }

    [Fact]
    public async Task Assemblies_of_the_program_are_no_part_of_what_plugins_may_use()
    {
        // The tests' own assembly uses PolicyMTA.PluginHost, which stands beside the program.
        _folder.Put("Tests.dll", await File.ReadAllBytesAsync(typeof(ScanTests).Assembly.Location, TestContext.Current.CancellationToken));
        var scan = await _folder.Loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Contains(scan.Errors, e => e.Message.StartsWith("needs PolicyMTA.PluginHost ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Microsoft.Data.Sqlite.dll")]
    [InlineData("SQLitePCLRaw.core.dll")]
    [InlineData("runtimes/linux-x64/native/libe_sqlite3.so")]
    [InlineData("Npgsql.dll")]
    [InlineData("MySqlConnector.dll")]
    [InlineData("StackExchange.Redis.dll")]
    public async Task A_plugin_may_not_bring_a_database_driver(string driver)
    {
        _folder.Drop("Greeter1", "greeter/Greeter.dll");
        _folder.Drop("Companion1", $"greeter/{driver}");
        Assert.StartsWith($"brings the database driver {Path.GetFileName(driver)}", (await _folder.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_may_not_bring_its_own_sdk()
    {
        _folder.Drop("Greeter1", "greeter/Greeter.dll");
        _folder.Put("greeter/PolicyMTA.Sdk.dll", await File.ReadAllBytesAsync(typeof(Sdk.IPlugin).Assembly.Location, TestContext.Current.CancellationToken));
        Assert.StartsWith("brings its own PolicyMTA.Sdk.dll", (await _folder.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_plugins_in_one_folder_are_refused()
    {
        _folder.Drop("Greeter1", "both/Greeter.dll");
        _folder.Drop("Rival", "both/Rival.dll");
        Assert.Contains("Greeter.dll, Rival.dll", (await _folder.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_plugin_in_two_places_is_an_error_that_names_both()
    {
        var first = _folder.Drop("Greeter1");
        var second = Path.GetDirectoryName(_folder.Drop("Greeter2", "site/Greeter.dll"))!;
        var error = await _folder.FailAsync();
        Assert.Contains(first, error.Message, StringComparison.Ordinal);
        Assert.Contains(second, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_errors_come_at_once_and_the_sound_plugins_with_them()
    {
        _folder.Drop("Greeter1");
        _folder.Drop("Dependent");
        _folder.Put("letter.dll", "no assembly"u8);
        var scan = await _folder.Loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, scan.Errors.Count);
        Assert.Equal("Greeter", Assert.Single(scan.Plugins).Name);
    }

    [Fact]
    public async Task A_versions_folder_that_can_not_be_written_is_an_error()
    {
        _folder.Drop("Greeter1");
        var blocked = Path.Combine(_folder.Path, "blocked");
        await File.WriteAllTextAsync(blocked, "a file", TestContext.Current.CancellationToken);
        var loader = new PluginLoader(new PluginHostOptions { Folders = [_folder.Path], VersionsFolder = Path.Combine(blocked, "versions") });
        var scan = await loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("can't be copied", Assert.Single(scan.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_still_growing_is_waited_for()
    {
        var whole = await File.ReadAllBytesAsync(PluginFolder.Built("Greeter1"), TestContext.Current.CancellationToken);
        var path = "";
        using var folder = new PluginFolder(new PausingTime(() => File.WriteAllBytes(path, whole)));
        path = folder.Put("Greeter.dll", whole.AsSpan(0, whole.Length / 2));
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
        Assert.Equal("Greeter", (await folder.StageAsync()).Name);
    }

    [Fact]
    public async Task A_file_that_never_stops_growing_is_an_error()
    {
        var path = "";
        using var folder = new PluginFolder(new PausingTime(() => File.AppendAllText(path, "more")));
        path = folder.Put("Greeter.dll", "some"u8);
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
        Assert.Equal("is still being written", (await folder.FailAsync()).Message);
    }

    [Fact]
    public async Task A_damaged_copy_is_made_again()
    {
        _folder.Drop("Greeter1");
        var staged = await _folder.StageAsync();
        await File.WriteAllTextAsync(staged.AssemblyPath, "damaged", TestContext.Current.CancellationToken);
        await using var plugin = _folder.Loader.Load(await _folder.StageAsync());
        Assert.Equal("first", await PluginFolder.SayAsync(plugin, "greet"));
    }

    [Fact]
    public async Task An_earlier_version_is_found_until_it_is_pruned()
    {
        var path = _folder.Drop("Greeter1");
        var first = await _folder.StageAsync();
        _folder.Drop("Greeter2");
        var second = await _folder.StageAsync();
        var found = Assert.Single(_folder.Loader.FindStaged(first.Hash, path).Plugins);
        // Not Assert.Equivalent: it keeps the list of the assemblies that are loaded at its first use, and with it the plugins of tests beside this one.
        Assert.Equal(first.Shared, found.Shared);
        Assert.Equal(first with { Shared = [] }, found with { Shared = [] });
        _folder.Loader.Prune(new HashSet<string> { second.Hash });
        Assert.Empty(_folder.Loader.FindStaged(first.Hash, path).Plugins);
        Assert.Single(_folder.Loader.FindStaged(second.Hash, path).Plugins);
    }
}
