using System.Text.Json;
using PolicyMTA.Filters.ClamAv;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Rspamd;
using PolicyMTA.Filters.SpamAssassin;
using PolicyMTA.Filters.Tests.Scanners;
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

    public static TheoryData<string, Type, string> Scanners => new()
    {
        { "spamassassin", typeof(SpamAssassinPlugin), "SPAMD/1.1 0 EX_OK\r\nSpam: False ; 1 / 5\r\n\r\nX-Spam-Level: *\r\n\r\n" },
        { "clamav", typeof(ClamAvPlugin), "stream: OK\0" },
        { "rspamd", typeof(RspamdPlugin), "HTTP/1.1 200 OK\r\n\r\n{\"action\": \"no action\"}" },
    };

    [Theory]
    [MemberData(nameof(Scanners))]
    public async Task A_scanner_leaves_after_it_was_asked(string name, Type plugin, string answer)
    {
        await using var server = new ScannerServer(_ => answer, name == "clamav" ? heard => heard.EndsWith("\0\0\0\0", StringComparison.Ordinal) : null);
        Assert.True(await Unloading.LeavesAfterAsync(plugin.Assembly.Location, async bench =>
        {
            bench.OptionsText = $$"""{ "server": "{{server.Place}}" }""";
            await using var milter = bench.Milter(name);
            var context = FakeSession.EndOfData(new FakeMessage("From: joe@good.test\r\n\r\nbody\r\n"));
            await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
            Assert.Equal(Verdict.Dunno, await session.EndOfMessageAsync(context, null!, CancellationToken.None));
        }), "the assembly is still in memory");
        Assert.Single(server.Heard);
    }
}
