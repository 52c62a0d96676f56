using PolicyMTA.Composition;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Traces;

/// <summary>The choices of [policy] at a server's start.</summary>
public sealed class TraceServerTests : IDisposable
{
    private readonly Site _site = new();

    [Fact]
    public async Task A_place_that_can_not_be_used_keeps_the_server_from_starting_and_lets_the_rest_go()
    {
        Directory.CreateDirectory(_site.File("taken"));
        _site.Configure("", "[policy]\ntrace_database = \"taken\"");
        var error = Assert.Single((await StartAsync()).Errors);
        Assert.Equal(_site.File("taken"), error.File);
        Assert.Contains("trace_database in [policy]", error.Message, StringComparison.Ordinal);
        _site.Configure("");
        await using var server = (await StartAsync()).Server;
        Assert.NotNull(server);
    }

    [Fact]
    public async Task Without_a_place_nothing_is_kept_and_a_change_waits_for_the_next_start()
    {
        _site.Configure("", "[policy]\ntrace_database = \"\"");
        await using var server = (await StartAsync()).Server;
        Assert.Null(await server!.Traces.FindAsync("4dAny", Stop));
        Assert.False(Directory.Exists(_site.File("traces")));
        _site.Configure("");
        Assert.Contains((await server.ReloadAsync(now: false, Stop)).Warnings, w => w.Message.Contains("trace_database", StringComparison.Ordinal));
    }

    public void Dispose() => _site.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<StartResult> StartAsync() => MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
}
