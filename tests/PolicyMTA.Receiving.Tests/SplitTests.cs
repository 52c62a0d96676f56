using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Queue;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>
/// Splitting the input at any byte changes no reply and no content. A client's turn, all that it sends before it waits for a reply, is split; turns stay turns,
/// since what pipelining is allowed depends on them.
/// </summary>
public sealed partial class SplitTests
{
    /// <summary>In longer turns of the files not every position is tried, in our own all are.</summary>
    private const int MostPositions = 40;
    private const int RandomRuns = 5;

    /// <summary>Longer turns are not sent octet by octet.</summary>
    private const int MostOctets = 1000;

    private static readonly Dictionary<string, string> Own = new()
    {
        ["mail"] = """
            S: 220 *
            C: EHLO client.example
            S: ...
            C! MAIL FROM:<a@client.example>\r\nRCPT TO:<alice@example.test>\r\nRCPT TO:<nobody@example.test>\r\nDATA\r\n
            S: 250 *
            S: 250 *
            S: 550 *
            S: 354 *
            C! Subject: x\r\nReceived: y\r\n\r\n.\r.\r\n..a\n.\r\nb\0\r\n\0.\r\r\n.\nc\r\n.\r\n
            S: 250 *
            C: NOOP
            S: 250 *
            C: QUIT
            S: 221 *
            EOF
            """,
        ["chunks"] = """
            S: 220 *
            C: EHLO client.example
            S: ...
            C! MAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nBDAT 14\r\nSubject: a\r\n\r\nBDAT 3\r\n.\r\nBDAT 7 LAST\r\n.\n\rQUITRSET\r\nBDAT 2\r\nabBDAT 3 LAST\r\nabcNOOP\r\n
            S: 250 *
            S: 250 *
            S: 250 *
            S: 250 *
            S: 250 *
            S: 250 *
            S: 503 *
            S: 551 *
            S: 250 *
            C! FOO\r\n\r\nNO\rOP\r\nNOOP\n
            S: 500 *
            S: 500 *
            S: 500 *
            S: 250 *
            """,
        ["login"] = """
            # auth plain
            S: 220 *
            C: EHLO client.example
            S: ...
            C: AUTH PLAIN
            S: 334 *
            C: !!!
            S: 535 *
            C: AUTH LOGIN
            S: 334 *
            C: *
            S: 501 *
            C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=
            S: 235 *
            """,
    };

    public static TheoryData<string> Dialogues =>
        [.. Own.Keys, .. DialogueFileTests.Names.Where(name => !NotInMemory().IsMatch(File.ReadAllText(DialogueFileTests.PathOf(name))))];

    [Theory]
    [MemberData(nameof(Dialogues))]
    public async Task Splitting_the_input_at_any_byte_changes_no_reply(string name)
    {
        var script = Own.TryGetValue(name, out var own) ? own : await File.ReadAllTextAsync(DialogueFileTests.PathOf(name));
        var (server, listener) = await DialogueFileTests.StartAsync(script.Split('\n', StringSplitOptions.TrimEntries));
        await using var _ = server;
        var turns = Turns(script);
        var whole = await PlayAsync(server, listener, turns, octets => [octets]);
        Assert.StartsWith("220 ", whole, StringComparison.Ordinal);

        var longest = Math.Min(turns.Max(turn => turn.Octets.Length), own is null ? MostPositions : int.MaxValue);
        for (var at = 1; at < longest; at++)
        {
            var position = at;
            Assert.Equal(whole, await PlayAsync(server, listener, turns, octets => position < octets.Length ? [octets[..position], octets[position..]] : [octets]));
        }
        var random = new Random(20261122);
        for (var run = 0; run < RandomRuns; run++) Assert.Equal(whole, await PlayAsync(server, listener, turns, octets => Pieces(octets, random)));
        Assert.Equal(whole, await PlayAsync(server, listener, turns, octets => octets.Length > MostOctets ? [octets] : octets.Select(octet => new[] { octet })));
    }

    /// <summary>All replies and what was queued, without the names of the messages.</summary>
    private static async Task<string> PlayAsync(ReceivingServer server, string listener, IReadOnlyList<(byte[] Octets, int Replies)> turns, Func<byte[], IEnumerable<byte[]>> split)
    {
        var seen = new StringBuilder();
        await using (var session = new MemorySession(server, listener))
        {
            foreach (var (octets, replies) in turns) seen.Append(await session.SendAsync(octets.Length == 0 ? [] : split(octets), replies));
        }
        var text = seen.ToString();
        foreach (var id in Queued().Matches(text).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal))
        {
            var entry = (await server.QueuedAsync()).Single(e => e.Id.ToString() == id);
            text += (await server.ContentAsync(entry)).Replace(id, "ID", StringComparison.Ordinal);
            await server.Queue.Administration.DeleteAsync(entry.Id, QueueFilter.All, CancellationToken.None);
        }
        return Queued().Replace(text, "queued as ID");
    }

    /// <summary>What is sent in one go, and how many replies the dialogue then waits for.</summary>
    private static List<(byte[] Octets, int Replies)> Turns(string script)
    {
        var turns = new List<(byte[] Octets, int Replies)>();
        var (octets, replies) = (new List<byte>(), 0);
        foreach (var step in script.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (Dialogue.Sent(step) is { } sent)
            {
                if (replies > 0) turns.Add(([.. octets], replies));
                if (replies > 0) (octets, replies) = ([], 0);
                octets.AddRange(sent);
            }
            else if (step.StartsWith("S: ", StringComparison.Ordinal) && (step == "S: ..." || step.Length < 7 || step[6] != '-'))
            {
                replies++;
            }
        }
        turns.Add(([.. octets], replies));
        return turns;
    }

    private static List<byte[]> Pieces(byte[] octets, Random random)
    {
        var pieces = new List<byte[]>();
        for (var at = 0; at < octets.Length;)
        {
            var length = Math.Min(octets.Length - at, 1 + random.Next(Math.Max(8, octets.Length / 4)));
            pieces.Add(octets[at..(at + length)]);
            at += length;
        }
        return pieces;
    }

    /// <summary>TLS needs a stream, and a clock that moves would be another test.</summary>
    [GeneratedRegex("^(TLS|T: |W: |# listener submissions)", RegexOptions.Multiline)]
    private static partial Regex NotInMemory();

    [GeneratedRegex("queued as ([0-9A-Za-z]+)")]
    private static partial Regex Queued();
}
