namespace PolicyMTA.Architecture.Tests;

public sealed class ReferenceTests
{
    public static TheoryData<string, string[]> Allowed => new()
    {
        { "PolicyMTA.Sdk", ["Microsoft.Extensions.Logging.Abstractions"] },
        { "PolicyMTA.Leases", [] },
        { "PolicyMTA.Import", [] },
        { "PolicyMTA.Smtp", ["PolicyMTA.Sdk"] },
        { "PolicyMTA.Addressing", ["PolicyMTA.Sdk"] },
        { "PolicyMTA.Dns", ["PolicyMTA.Sdk", "DnsClient"] },
        { "PolicyMTA.PluginHost", ["PolicyMTA.Sdk", "McMaster.NETCore.Plugins"] },
        { "PolicyMTA.Queue", ["PolicyMTA.Sdk", "PolicyMTA.Leases", "Microsoft.Data.Sqlite"] },
        { "PolicyMTA.Policy", ["PolicyMTA.Sdk", "Jint", "MimeKit"] },
        {
            "PolicyMTA.Receiving",
            ["PolicyMTA.Sdk", "PolicyMTA.Smtp", "PolicyMTA.Policy", "PolicyMTA.Queue", "PolicyMTA.Addressing", "PolicyMTA.Leases", "Microsoft.AspNetCore.App"]
        },
        {
            "PolicyMTA.Delivery",
            ["PolicyMTA.Sdk", "PolicyMTA.Smtp", "PolicyMTA.Policy", "PolicyMTA.Queue", "PolicyMTA.Addressing", "PolicyMTA.Leases", "MimeKit"]
        },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void A_project_refers_to_nothing_but_what_the_design_allows(string project, string[] allowed)
    {
        var file = Path.Combine(Repository.Root, "src", project, project + ".csproj");
        Assert.Empty(Repository.References(file).Except(allowed));
    }

    [Fact]
    public void Every_project_of_src_but_the_program_is_listed()
    {
        var known = Allowed.Select(row => row.Data.Item1).Append("PolicyMTA");
        Assert.Empty(Repository.Projects("src").Select(f => Path.GetFileNameWithoutExtension(f)!).Except(known));
    }

    [Fact]
    public void A_plugin_sees_the_Sdk_and_its_own_packages_only()
    {
        var offenders = Repository.Projects("plugins").Concat(Repository.Projects("samples"))
            .SelectMany(p => Repository.References(p).Select(r => (Project: Path.GetFileNameWithoutExtension(p), Reference: r)))
            .Where(x => x.Reference.StartsWith("PolicyMTA", StringComparison.Ordinal) && x.Reference != "PolicyMTA.Sdk");
        Assert.Empty(offenders);
    }
}
