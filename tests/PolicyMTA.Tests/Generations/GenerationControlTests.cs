using PolicyMTA.Generations;
using PolicyMTA.Leases;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Generations;

public sealed class GenerationControlTests : IAsyncDisposable
{
    private readonly Site _site = new();
    private readonly FakeTarget _target = new();
    private readonly LiveGenerations _live = new();
    private GenerationControl? _control;

    [Fact]
    public async Task A_reload_says_what_changed()
    {
        var control = await StartAsync();
        _site.Configure("soft_bounce = true");
        var result = await control.ReloadAsync(now: false, Stop);
        Assert.True(result.Succeeded);
        Assert.Equal(["soft_bounce: no → yes"], result.Changes);
        Assert.Equal(result.Hash, _target.InForce?.Value.Hash);
    }

    [Fact]
    public async Task History_names_who_and_shows_what_was_written_differently()
    {
        var control = await StartAsync();
        var first = control.InForce.Hash;
        _site.Policy("data.js", "export default [];\n");
        Assert.True((await control.ReloadAsync(now: false, "alice", Stop)).Succeeded);
        var second = control.InForce.Hash;
        Assert.Equal("--- /dev/null\n+++ policies/data.js\n@@ -0,0 +1,1 @@\n+export default [];\n", control.Difference(null, null));
        Assert.Equal("--- policies/data.js\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-export default [];\n", control.Difference(second, first[..6]));
        Assert.Equal("", control.Difference(second, null));
        await control.RollbackAsync(null, "bob", Stop);
        Assert.Equal([("bob", first), ("alice", second), ("start", first)], control.History().Select(e => (e.Author, e.Hash)));
        Assert.Equal("there is no generation 'xyz'; see policymta policy history", Assert.Throws<ConfigurationException>(() => control.Difference("xyz", null)).Message);
    }

    [Fact]
    public async Task A_reload_without_a_change_changes_nothing()
    {
        var control = await StartAsync();
        var before = control.InForce;
        var result = await control.ReloadAsync(now: false, Stop);
        Assert.True(result.Succeeded);
        Assert.Empty(result.Changes);
        Assert.Same(before, control.InForce);
        Assert.Equal(1, _live.Count);
        Assert.Single(control.History());
    }

    [Theory]
    [InlineData("policymta.toml", "myhostname = ")]
    [InlineData("policies/data.js", "export default [")]
    public async Task A_reload_that_fails_changes_nothing(string file, string text)
    {
        var control = await StartAsync();
        var before = control.InForce;
        _site.Write(file, text);
        var result = await control.ReloadAsync(now: false, Stop);
        Assert.False(result.Succeeded);
        Assert.Equal(before.Hash, result.Hash);
        Assert.All(result.Errors, e => Assert.True(e.Line > 0));
        Assert.NotEmpty(result.Errors);
        Assert.Same(before, _target.InForce?.Value);
        Assert.Single(control.History());
    }

    [Fact]
    public async Task A_listener_that_can_t_be_bound_refuses_the_reload_at_its_place()
    {
        var control = await StartAsync();
        var before = control.InForce;
        _site.Configure("soft_bounce = true");
        _target.Refusal = "listener 'smtp' can't listen on 127.0.0.1:0: another program listens there";
        var error = Assert.Single((await control.ReloadAsync(now: false, Stop)).Errors);
        Assert.Equal((8, 11), (error.Line, error.Column));
        Assert.Same(before, control.InForce);
        Assert.Equal(1, _live.Count);
    }

    [Fact]
    public async Task Rollback_puts_the_generation_before_in_force()
    {
        var control = await StartAsync();
        var first = control.InForce.Hash;
        _site.Configure("soft_bounce = true");
        _site.Policy("data.js", "export default [];");
        await control.ReloadAsync(now: false, Stop);
        var result = await control.RollbackAsync(null, Stop);
        Assert.True(result.Succeeded);
        Assert.Equal(first, result.Hash);
        Assert.Equal(["policies/data.js removed", "soft_bounce: yes → no"], result.Changes);
        Assert.False(control.InForce.Parameters.Boolean("soft_bounce"));
    }

    [Fact]
    public async Task After_a_rollback_a_reload_reads_the_files_again()
    {
        var control = await StartAsync();
        _site.Configure("soft_bounce = true");
        var changed = await control.ReloadAsync(now: false, Stop);
        await control.RollbackAsync(null, Stop);
        Assert.Equal(changed.Hash, (await control.ReloadAsync(now: false, Stop)).Hash);
    }

    [Fact]
    public async Task History_and_rollback_outlive_a_restart()
    {
        var control = await StartAsync();
        var first = control.InForce.Hash;
        _site.Configure("soft_bounce = true");
        var second = await control.ReloadAsync(now: false, Stop);
        await RestartAsync();
        Assert.Equal([(second.Hash, true), (first, false)], _control!.History().Select(h => (h.Hash, h.IsCurrent)));
        Assert.Equal(["soft_bounce: no → yes"], _control.History()[0].Changes);
        Assert.True((await _control.RollbackAsync(first[..4], Stop)).Succeeded);
        Assert.Equal(first, _control.InForce.Hash);
    }

    [Fact]
    public async Task What_was_rolled_back_does_not_return_with_a_restart()
    {
        var control = await StartAsync();
        var first = control.InForce.Hash;
        _site.Configure("soft_bounce = true");
        await control.ReloadAsync(now: false, Stop);
        await control.RollbackAsync(null, Stop);
        await RestartAsync();
        Assert.Equal(first, _control!.InForce.Hash);
        await RestartAsync();
        Assert.Equal(first, _control!.InForce.Hash);
        _site.Configure("soft_bounce = true\nmessage_size_limit = 5");
        await RestartAsync();
        Assert.Equal(5, _control!.InForce.Parameters.Int64("message_size_limit"));
    }

    [Fact]
    public async Task Rolling_back_twice_goes_further_back()
    {
        var control = await StartAsync();
        var first = control.InForce.Hash;
        _site.Configure("message_size_limit = 1");
        var second = await control.ReloadAsync(now: false, Stop);
        _site.Configure("message_size_limit = 2");
        await control.ReloadAsync(now: false, Stop);
        Assert.Equal(second.Hash, (await control.RollbackAsync(null, Stop)).Hash);
        Assert.Equal(first, (await control.RollbackAsync(null, Stop)).Hash);
        Assert.Equal("there is no earlier generation to go back to", Assert.Single((await control.RollbackAsync(null, Stop)).Errors).Message);
    }

    [Fact]
    public async Task A_rollback_that_can_t_restore_a_table_says_so()
    {
        var control = await StartAsync();
        var first = control.InForce.Hash;
        _site.Configure("soft_bounce = true");
        await control.ReloadAsync(now: false, Stop);
        _site.Write("mailboxes", "bob@example.test example.test/bob/\n");
        var result = await control.RollbackAsync(null, Stop);
        Assert.True(result.Succeeded);
        Assert.NotEqual(first, result.Hash);
        Assert.Contains(first, Assert.Single(result.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_copy_of_an_earlier_generation_harms_nobody()
    {
        var control = await StartAsync();
        var first = control.InForce.Hash;
        _site.Write($".generations/{first}/manifest.json", "{ \"hash\":");
        _site.Configure("soft_bounce = true");
        Assert.True((await control.ReloadAsync(now: false, Stop)).Succeeded);
        await RestartAsync();
        Assert.Single((await _control!.RollbackAsync(first, Stop)).Errors);
        _site.Configure("");
        Assert.Equal(first, (await _control.ReloadAsync(now: false, Stop)).Hash);
        _site.Write($".generations/{first}/policymta.toml", "");
        await RestartAsync();
        Assert.Equal(await File.ReadAllTextAsync(_site.File("policymta.toml"), Stop), await File.ReadAllTextAsync(_site.File($".generations/{first}/policymta.toml"), Stop));
    }

    [Fact]
    public async Task A_part_that_can_t_be_let_go_does_not_keep_the_others()
    {
        var control = await StartAsync();
        var letGo = new List<string>();
        control.InForce.Scope.Parts.Add("test", "first", "", letGo, l => { l.Add("first"); return ValueTask.CompletedTask; });
        control.InForce.Scope.Parts.Add<object>("test", "second", "", new object(), _ => throw new InvalidOperationException("no"));
        _site.Configure("soft_bounce = true");
        Assert.True((await control.ReloadAsync(now: false, Stop)).Succeeded);
        Assert.Equal(["first"], letGo);
        Assert.Equal(1, _live.Count);
    }

    [Fact]
    public async Task A_rollback_needs_a_generation_it_can_find()
    {
        var control = await StartAsync();
        Assert.Equal("there is no earlier generation to go back to", Assert.Single((await control.RollbackAsync(null, Stop)).Errors).Message);
        Assert.Equal("there is no generation 'xyz'; see policymta policy history", Assert.Single((await control.RollbackAsync("xyz", Stop)).Errors).Message);
    }

    [Fact]
    public async Task A_generation_lives_as_long_as_somebody_holds_it()
    {
        var control = await StartAsync();
        var session = control.LeaseInForce();
        _site.Configure("soft_bounce = true");
        await control.ReloadAsync(now: false, Stop);
        Assert.Equal(2, _live.Count);
        Assert.False(session.Value.Parameters.Boolean("soft_bounce"));
        await session.DisposeAsync();
        Assert.Equal(1, _live.Count);
    }

    [Fact]
    public async Task Only_now_moves_sessions_before_their_time()
    {
        var control = await StartAsync();
        _site.Configure("soft_bounce = true");
        await control.ReloadAsync(now: false, Stop);
        Assert.Equal(0, _target.Moves);
        _site.Configure("soft_bounce = false");
        await control.ReloadAsync(now: true, Stop);
        Assert.Equal(1, _target.Moves);
    }

    [Fact]
    public async Task The_oldest_generations_are_forgotten()
    {
        var control = await StartAsync();
        for (var i = 1; i <= 12; i++)
        {
            _site.Configure($"message_size_limit = {i}");
            await control.ReloadAsync(now: false, Stop);
        }
        Assert.Equal(10, control.History().Count);
        Assert.Equal(10, Directory.GetDirectories(_site.File(".generations")).Length);
    }

    [Fact]
    public async Task What_counts_only_at_the_start_is_a_warning()
    {
        var control = await StartAsync();
        _site.Configure("", "[queue]\nfolder = \"elsewhere\"");
        var warning = Assert.Single((await control.ReloadAsync(now: false, Stop)).Warnings);
        Assert.Equal("[queue] folder, store and node change with the next start of the server", warning.Message);
    }

    [Fact]
    public async Task Plugins_are_listed_with_the_generations_that_hold_them()
    {
        var control = await StartAsync();
        var plugin = Assert.Single(_site.Ledger.List(_live.Manifests), p => p.Name == "PolicyMTA.Restrictions.Helo");
        Assert.Equal([control.InForce.Hash], plugin.Generations);
        Assert.Contains("restriction reject_invalid_helo_hostname", plugin.Offers);
        Assert.False(plugin.IsLetGo);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _site.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<GenerationControl> StartAsync()
    {
        var store = new GenerationStore(_site.File(".generations"), _site.Loader);
        _control = new GenerationControl(_site.Builder(), store, _target, _live, _site.World) { FileName = "policymta.toml" };
        var result = await _control.StartAsync(_site.Configuration, Stop);
        Assert.Empty(result.Errors);
        return _control;
    }

    private async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    private async Task StopAsync()
    {
        if (_target.InForce is { } held) await held.DisposeAsync();
        _target.InForce = null;
        if (_control is not null) await _control.DisposeAsync();
        Assert.Equal(0, _live.Count);
    }

    private sealed class FakeTarget : IGenerationTarget
    {
        public Lease<Generation>? InForce { get; set; }
        public string? Refusal { get; set; }
        public int Moves { get; private set; }

        public ValueTask PrepareAsync(Lease<Generation> generation, CancellationToken cancellationToken) =>
            Refusal is null ? ValueTask.CompletedTask : throw new ConfigurationException(Refusal);

        public ValueTask AbandonAsync() => ValueTask.CompletedTask;

        public async ValueTask ReplaceAsync(Lease<Generation> generation)
        {
            var before = InForce;
            InForce = generation;
            if (before is not null) await before.DisposeAsync();
        }

        public void MoveSessions() => Moves++;
    }
}
