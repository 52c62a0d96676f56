using System.Text.Json;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests;

/// <summary>A filter that was used leaves nothing behind.</summary>
public sealed class UnloadingTests
{
    [Fact]
    public async Task Dmarc_leaves_after_it_kept_and_looked_for_reports()
    {
        using var folder = new TemporaryFolder();
        Assert.True(await Unloading.LeavesAfterAsync(typeof(DmarcPlugin).Assembly.Location, async bench =>
        {
            bench.Folder = folder.Path;
            bench.OptionsText = """{ "report_database": "reports.sqlite", "report_interval": 3600, "report_from": "a@example.test" }""";
            bench.Resolver = new Zone(JsonDocument.Parse("""{ "_dmarc.good.test": { "TXT": [["v=DMARC1; p=none; rua=mailto:a@good.test"]] } }""").RootElement);
            await using var milter = bench.Milter("dmarc");
            var context = FakeSession.EndOfData(new FakeMessage("From: joe@good.test\r\n\r\nbody\r\n"));
            await using (var session = (await milter.StartAsync(context, CancellationToken.None))!) await session.EndOfMessageAsync(context, null!, CancellationToken.None);
            Assert.Equal("fail", context.Results.Find("dmarc")?.Result);
            await bench.EndWorkAsync();
            Assert.True(new FileInfo(folder.File("reports.sqlite")).Length > 0);
        }), "the assembly is still in memory");
    }
}
