using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>Pages of the database that are no pages any more: what is beside them is delivered, what is on them is named, nothing stops.</summary>
public sealed class StoreDamageTests
{
    private const int Messages = 200, PageSize = 4096, TableLeaf = 13, IndexLeaf = 10;

    /// <summary>By what its pages hold: a type, a text they have, a text they have not.</summary>
    public static TheoryData<string, int, string, string, bool> Places => new()
    {
        { "messages", TableLeaf, "sender100@", "Subject: x", false },
        { "bodies", TableLeaf, "body100 ", "sender", false },
        { "recipients", IndexLeaf, "rcpt100@", "nothing", false },
        { "index of what waits", IndexLeaf, "@two.example", "rcpt", true },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Damaged_page_costs_the_messages_on_it_and_no_others(string place, int type, string has, string hasNot, bool isMended)
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var all = new HashSet<string>();
        for (var n = 0; n < Messages; n++)
        {
            var number = n.ToString(CultureInfo.InvariantCulture);
            all.Add((await server.SendAsync(await Queue.Tests.Messages.NewAsync(server.Queue, $"sender{number}@one.example", [$"rcpt{number}@{(n % 2 == 0 ? "two" : "three")}.example"], Encoding.ASCII.GetBytes($"Subject: x\r\n\r\nbody{number} {new string('x', 300)}\r\n"), head: ""))).Value);
        }
        await server.RestartAsync(between: () => Damage(server, type, has, hasNot));

        // New mail is taken and delivered beside the damage.
        var fresh = await server.SendAsync("a@one.example", "b@four.example");
        await server.UntilGoneAsync(fresh);
        var delivered = new HashSet<string>();
        await TestServer.UntilAsync(() =>
        {
            while (server.Deliverer.TryNext(out var attempt)) Assert.True(delivered.Add(attempt.Id.Value), $"{attempt.Id} was tried twice");
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(all.Except(delivered).All(id => server.Log.Lines.Any(line => line.Contains($"{id[..10]}", StringComparison.Ordinal) && line.Contains("corrupt, set aside", StringComparison.Ordinal))));
        });

        Assert.InRange(all.Except(delivered).Count(), isMended ? 0 : 1, isMended ? 0 : 80);
        var listed = new List<QueueEntry>();
        await foreach (var entry in server.Queue.Administration.ListAsync(QueueFilter.All, default)) listed.Add(entry);
        await server.Queue.Administration.CountAsync(default);
        if (place is "messages" or "bodies")
        {
            var corrupt = listed.Where(entry => entry.Recipients.Any(recipient => recipient.State == RecipientState.Corrupt)).Select(entry => entry.Id.Value[..10]).Order();
            Assert.Equal(all.Except(delivered).Select(id => id[..10]).Order(), corrupt);
        }
        Assert.True(isMended || server.Log.Lines.Any(line => line.Contains("damaged", StringComparison.Ordinal) || line.Contains("corrupt", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("recipient_waiting")]
    [InlineData("recipient_other")]
    [InlineData("recipient_hold")]
    public async Task Damaged_index_costs_nothing(string index)
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var waiting = await server.SendAsync("a@one.example", "b@two.example");
        var held = await server.SendAsync("a@one.example", "b@two.example");
        await server.Queue.Administration.HoldAsync(held, QueueFilter.All, "hold", TimeSpan.FromDays(1), default);
        var root = StoreFile.Number(server, $"SELECT rootpage FROM sqlite_schema WHERE name = '{index}'");
        await server.RestartAsync(between: () =>
        {
            using var file = new FileStream(Path.Combine(server.Folder, "queue.db"), FileMode.Open);
            file.Position = (root - 1) * PageSize;
            file.Write([255, 255, 255, 255, 255, 255, 255, 255]);
        });

        await server.UntilGoneAsync(waiting);
        Assert.Equal(1, await server.Queue.Administration.ReleaseAsync(held, QueueFilter.All, default));
        await server.UntilGoneAsync(held);
        Assert.Equal(2, server.Deliverer.Count);
    }

    private static void Damage(TestServer server, int type, string has, string hasNot)
    {
        var path = Path.Combine(server.Folder, "queue.db");
        var bytes = File.ReadAllBytes(path);
        for (var page = 1; page < bytes.Length / PageSize; page++)
        {
            var text = Encoding.Latin1.GetString(bytes, page * PageSize, PageSize);
            if (bytes[page * PageSize] != type || !text.Contains(has, StringComparison.Ordinal) || text.Contains(hasNot, StringComparison.Ordinal)) continue;
            bytes.AsSpan(page * PageSize, 8).Fill(0xff);
            File.WriteAllBytes(path, bytes);
            return;
        }
        Assert.Fail("no page of that kind");
    }
}
