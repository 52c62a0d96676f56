using System.Buffers.Binary;
using System.Text.Json;
using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.MilterClient;

/// <summary>Packets as libmilter sent them.</summary>
[Trait("Category", "Suites")]
public sealed class FilterSuiteTests
{
    [Fact]
    public async Task Captured_packets_are_read_and_answered()
    {
        if (Suites.Find("milter/frames.json") is not { } suite)
        {
            Assert.Skip("milter/frames.json is not here");
            return;
        }
        var seen = 0;
        foreach (var session in suite.RootElement.GetProperty("cases").EnumerateArray())
        {
            var frames = session.GetProperty("frames").EnumerateArray().Select(Read).ToArray();
            foreach (var (_, hex) in frames) Assert.Equal(hex.Length - 4, BinaryPrimitives.ReadInt32BigEndian(hex));
            var agreement = frames.First(frame => frame is { IsFilter: true, Bytes: [_, _, _, _, (byte)'O', ..] }).Bytes;
            var ends = Answers(frames);
            await using var filter = new ScriptedFilter { Agrees = agreement[5..], Answers = { ['E'] = [.. ends.Select(end => "raw:" + System.Text.Encoding.Latin1.GetString(end))] }, Unanswered = "DAQHT" };
            await using var play = await FilterPlay.StartAsync(filter);
            Assert.Equal(PolicyMTA.Sdk.Verdict.Permit, await play.PlayAsync());
            Assert.Equal(ends.Length - 1, play.Message.Headers.Count(field => field.Name == "DKIM-Signature"));
            if (ends.Length > 1) Assert.Equal("DKIM-Signature", play.Message.Headers[0].Name);
            seen++;
        }
        Assert.Equal(3, seen);
    }

    private static (bool IsFilter, byte[] Bytes) Read(JsonElement frame) => (frame.GetProperty("from").GetString() == "filter", Convert.FromHexString(frame.GetProperty("frame_hex").GetString()!));

    // Between the end of the message and QUIT.
    private static byte[][] Answers((bool IsFilter, byte[] Bytes)[] frames) =>
        [.. frames.SkipWhile(frame => frame.IsFilter || frame.Bytes[4] != 'E').Skip(1).TakeWhile(frame => frame.IsFilter).Select(frame => frame.Bytes)];
}
