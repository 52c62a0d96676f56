using System.Runtime.CompilerServices;
using PolicyMTA.PluginHost;
using PolicyMTA.Policy.Types;

namespace PolicyMTA.Tests.Commands;

/// <summary>The shipped <c>policymta.d.ts</c> is what <c>policymta types</c> writes with the plugins that ship. <c>UPDATE_GOLDEN=1</c> writes it anew.</summary>
public sealed class PolicyTypesTests
{
    [Theory]
    [InlineData("policies")]
    [InlineData("samples/guide/policies")]
    public async Task The_types_beside_shipped_policies_are_current(string folder)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var file = Path.Combine(Root(), folder, "policymta.d.ts");
        var text = PolicyTypes.Write(await RestrictionsAsync());
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(file, text, cancellation);
        Assert.Equal(text, await File.ReadAllTextAsync(file, cancellation));
    }

    [Fact]
    public async Task Every_shipped_restriction_is_told()
    {
        var restrictions = (await RestrictionsAsync()).ToDictionary(r => r.Name, r => r.Parameters);
        Assert.Equal("table: string", restrictions["check_client_access"]);
        Assert.Equal("table: string", restrictions["check_sender_mx_access"]);
        Assert.Equal("list: string", restrictions["reject_rbl_client"]);
        Assert.Equal("table: string, options?: { search_order?: string | string[] }", restrictions["check_ccert_access"]);
        Assert.Equal("", restrictions["reject_unauth_destination"]);
    }

    private static async Task<IReadOnlyList<RestrictionSignature>> RestrictionsAsync()
    {
        using var folder = new TemporaryFolder();
        var loader = new PluginLoader(new PluginHostOptions { Folders = [Path.Combine(AppContext.BaseDirectory, "plugins")], VersionsFolder = folder.File("versions") });
        var scan = await loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Empty(scan.Errors);
        var restrictions = new List<RestrictionSignature>();
        foreach (var staged in scan.Plugins)
        {
            await using var plugin = loader.Load(staged);
            restrictions.AddRange(plugin.Declarations.Restrictions.Values.Select(r => new RestrictionSignature(r.Name, r.Parameters)));
        }
        return restrictions;
    }

    private static string Root([CallerFilePath] string self = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(self)!, "../../.."));
}
