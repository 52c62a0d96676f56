using System.Runtime.CompilerServices;
using PolicyMTA.Sdk;

namespace PolicyMTA.PluginHost.Tests;

public sealed class LoadTests : IDisposable
{
    private const int Replacements = 50;
    private readonly PluginFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_sample_refuses_the_name_it_was_told()
    {
        _folder.Drop("HelloRestriction");
        await using var plugin = _folder.Loader.Load(await _folder.StageAsync());
        var declared = plugin.Declarations.Restrictions["reject_hello"];
        Assert.Equal((typeof(HeloContext), "HelloRestriction"), (declared.Context, declared.Plugin));
        var arguments = new RestrictionArguments("reject_hello", ["spammer.example"], new Dictionary<string, object?>());
        var restriction = (IRestriction<HeloContext>)declared.Create(arguments, null!);
        var refusal = Assert.IsType<Verdict.Refuse>(await restriction.CheckAsync(PluginFolder.Context("Spammer.example"), TestContext.Current.CancellationToken));
        Assert.Equal((554, "5.7.1"), (refusal.Code, refusal.Status.ToString()));
        Assert.Equal(Verdict.Dunno, await restriction.CheckAsync(PluginFolder.Context("friend.example"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_plugin_finds_what_stands_beside_it()
    {
        _folder.Drop("Dependent", "dependent/Dependent.dll");
        _folder.Drop("Companion2", "dependent/Companion.dll");
        await using var plugin = _folder.Loader.Load(await _folder.StageAsync());
        Assert.Equal("from the companion", await PluginFolder.SayAsync(plugin, "depend"));
    }

    [Fact]
    public async Task A_plugin_uses_the_programs_database_driver()
    {
        _folder.Drop("SqliteUser");
        await using var plugin = _folder.Loader.Load(await _folder.StageAsync());
        Assert.Equal("Default", await PluginFolder.SayAsync(plugin, "whose_sqlite"));
    }

    [Fact]
    public async Task Overwriting_and_removing_the_dll_does_not_disturb_the_loaded_plugin()
    {
        var path = _folder.Drop("Greeter1");
        await using var first = _folder.Loader.Load(await _folder.StageAsync());
        _folder.Drop("Greeter2");
        await using var second = _folder.Loader.Load(await _folder.StageAsync());
        File.Delete(path);
        Assert.Equal("first", await PluginFolder.SayAsync(first, "greet"));
        Assert.Equal("second", await PluginFolder.SayAsync(second, "greet"));
    }

    [Fact]
    public async Task Fifty_replacements_leave_no_load_context_behind()
    {
        var contexts = new List<WeakReference>();
        for (var i = 0; i < Replacements; i++)
        {
            _folder.Drop(i % 2 == 0 ? "Greeter1" : "Greeter2");
            var (context, said) = await UseAsync();
            contexts.Add(context);
            Assert.Equal(i % 2 == 0 ? "first" : "second", said);
        }
        Assert.True(await Collection.EndsAsync(() => contexts.All(c => !c.IsAlive)), $"{contexts.Count(c => c.IsAlive)} contexts are alive");
        Assert.Empty(_folder.Loader.FindLingering());
    }

    [Fact]
    public async Task A_plugin_that_something_holds_is_named()
    {
        _folder.Drop("Greeter1");
        var held = await HoldAsync();
        Assert.False(await Collection.EndsAsync(() => _folder.Loader.FindLingering().Count == 0, TimeSpan.FromSeconds(5)));
        Assert.Equal("Greeter", Assert.Single(_folder.Loader.FindLingering()).Name);
        GC.KeepAlive(held);
    }

    [Fact]
    public async Task A_plugin_that_fails_to_register_leaves_nothing_behind()
    {
        var path = _folder.Drop("Thrower");
        var staged = await _folder.StageAsync();
        Assert.Equal($"{path}: can't be loaded: register went wrong", FailToLoad(staged));
        Assert.True(await Collection.EndsAsync(() => !AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == "Thrower")));
    }

    [Theory]
    [InlineData("Stranger", "asks for a context that no stage has")]
    [InlineData("InitOnly", "the option 'at_once' is an init-only property")]
    [InlineData("Twice", "the plugin declares the restriction 'twice' twice")]
    public async Task A_declaration_that_can_not_be_is_an_error(string plugin, string message)
    {
        _folder.Drop(plugin);
        Assert.Contains(message, FailToLoad(await _folder.StageAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_two_plugins_declare_are_errors_that_name_both()
    {
        var greeter = _folder.Drop("Greeter1");
        var rival = _folder.Drop("Rival");
        var scan = await _folder.Loader.ScanAsync(TestContext.Current.CancellationToken);
        await using var first = _folder.Loader.Load(scan.Plugins[0]);
        await using var second = _folder.Loader.Load(scan.Plugins[1]);
        var errors = PluginClashes.Find([first, second]);
        Assert.Equal(
            [$"the restriction 'greet' is declared by Greeter ({greeter}) and Rival ({rival})", $"the setting 'greeting_code' has different defaults in Greeter ({greeter}) and Rival ({rival})"],
            errors.Select(e => e.Message));
        Assert.Empty(PluginClashes.Find([first]));
    }

    [Fact]
    public async Task A_disposed_plugin_declares_nothing_any_more()
    {
        _folder.Drop("Greeter1");
        var plugin = _folder.Loader.Load(await _folder.StageAsync());
        await plugin.DisposeAsync();
        await plugin.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => plugin.Declarations);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<(WeakReference Context, string Said)> UseAsync()
    {
        await using var plugin = _folder.Loader.Load(await _folder.StageAsync());
        return (plugin.ContextReference, await PluginFolder.SayAsync(plugin, "greet"));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<object> HoldAsync()
    {
        await using var plugin = _folder.Loader.Load(await _folder.StageAsync());
        return plugin.Declarations.Restrictions["greet"].Create(new RestrictionArguments("greet", [], new Dictionary<string, object?>()), null!);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private string FailToLoad(StagedPlugin staged) => Assert.Throws<ConfigurationException>(() => _folder.Loader.Load(staged)).Message;
}
