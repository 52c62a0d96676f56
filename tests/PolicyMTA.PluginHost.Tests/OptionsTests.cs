using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace PolicyMTA.PluginHost.Tests;

public sealed class OptionsTests : IDisposable
{
    private readonly PluginFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Options_are_read_with_snake_case_keys_and_defaults()
    {
        var (text, errors) = await ReadAsync("""{ "server_name": "mx.example", "limits": { "at_once": 7 } }""");
        Assert.Empty(errors);
        Assert.Equal("ServerOptions { ServerName = mx.example, RetryCount = 3, Limits = Limits { AtOnce = 7 } }", text);
    }

    [Theory]
    [InlineData("""{ "server_name": "a", "sever_nmae": "b", "limit": 1 }""", "unknown key 'sever_nmae'|unknown key 'limit'")]
    [InlineData("""{ "server_name": "a", "ServerName": "b" }""", "unknown key 'ServerName'")]
    [InlineData("""{ "server_name": "a", "retry_count": -1 }""", "retry_count is negative")]
    public async Task Mistakes_are_named(string json, string expected)
    {
        var (_, errors) = await ReadAsync(json);
        Assert.Equal(expected, string.Join('|', errors));
    }

    [Theory]
    [InlineData("""{ "server_name": "a", "limits": { "at_onec": 7 } }""", "at_onec")]
    [InlineData("{}", "server_name")]
    [InlineData("""{ "server_name": 5 }""", "server_name")]
    public async Task Mistakes_deeper_down_are_named_too(string json, string expected)
    {
        var (_, errors) = await ReadAsync(json);
        Assert.Contains(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_options_does_not_keep_the_plugin_in_memory()
    {
        await ReadAsync("""{ "server_name": "mx.example", "limits": { "at_onec": 7 } }""");
        await ReadAsync("""{ "server_name": "mx.example" }""");
        Assert.True(await Collection.EndsAsync(() => _folder.Loader.FindLingering().Count == 0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<(string? Text, IReadOnlyList<string> Errors)> ReadAsync(string json)
    {
        _folder.Drop("Configured");
        await using var plugin = _folder.Loader.Load(await _folder.StageAsync());
        var (options, errors) = plugin.Declarations.Options!.Read((JsonObject)JsonNode.Parse(json)!);
        Assert.Equal(options is null, errors.Count > 0);
        return (options?.ToString(), errors);
    }
}
