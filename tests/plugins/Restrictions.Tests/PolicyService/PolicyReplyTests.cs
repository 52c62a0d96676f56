using System.Text;
using CsCheck;
using PolicyMTA.Restrictions.PolicyService;

namespace PolicyMTA.Restrictions.Tests.PolicyService;

public sealed class PolicyReplyTests
{
    [Fact]
    public void Whatever_comes_is_an_action_or_refused_and_pieces_change_nothing()
    {
        var random = new Random(17);
        string[] words = ["action=", "action=OK", "action=DUNNO x", "x=y", "=", "\n", "\n\n", "\r", " ", "\0", "\t", "é", "reject", "action==", "a"];
        var actions = 0;
        for (var n = 0; n < 20_000; n++)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => words[random.Next(words.Length)])));
            if (random.Next(4) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var end = PolicyReply.FindEnd(bytes);
            // The end is where it is first seen, however little of what follows has come.
            if (end is { } at) Assert.Equal((at, null), (PolicyReply.FindEnd(bytes.AsSpan(0, at)), PolicyReply.FindEnd(bytes.AsSpan(0, at - 1))));
            try
            {
                var action = PolicyReply.ReadAction(bytes.AsSpan(0, end ?? bytes.Length));
                Assert.True(action.Length > 0 && action == action.Trim() && !action.Any(c => char.IsControl(c) && c != '\t'));
                Assert.Contains("action=", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
                actions++;
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
        Assert.InRange(actions, 1000, 19_000);
    }

    [Theory]
    [InlineData("action=DUNNO\n\n", "DUNNO")]
    [InlineData("action= 550 5.7.1 no = no \n\n", "550 5.7.1 no = no")]
    [InlineData("other=1\naction=OK\nlast=2\n\n", "OK")]
    [InlineData("action=OK\naction=REJECT\n\n", "OK")]
    [InlineData("action=PREPEND X-A:\tb\n\n", "PREPEND X-A:\tb")]
    [InlineData("action=REJECT grün\n\n", "REJECT grün")]
    public void An_answer_has_one_action(string answer, string action) => Assert.Equal(action, PolicyReply.ReadAction(Encoding.UTF8.GetBytes(answer)));

    [Theory]
    [InlineData("\n")]
    [InlineData("action=\n\n")]
    [InlineData("action= \n\n")]
    [InlineData("Action=OK\n\n")]
    [InlineData("action\n\n")]
    [InlineData("=OK\n\n")]
    [InlineData("200 OK\n\n")]
    [InlineData("action=OK\r\n\n")]
    [InlineData("action=PREPEND X-A: b\rX-B: c\n\n")]
    [InlineData("action=OK\0\n\n")]
    public void Nonsense_is_none(string answer) => Assert.Throws<InvalidDataException>(() => PolicyReply.ReadAction(Encoding.UTF8.GetBytes(answer)));

    [Theory]
    [InlineData("", null)]
    [InlineData("action=OK\n", null)]
    [InlineData("\n", 1)]
    [InlineData("a=b\n\n", 5)]
    [InlineData("a=b\n\nmore", 5)]
    public void An_answer_ends_with_an_empty_line(string bytes, int? end) => Assert.Equal(end, PolicyReply.FindEnd(Encoding.UTF8.GetBytes(bytes)));

    // Whatever comes, an action is a line of the answer without controls, and nothing else is thrown.
    [Fact]
    public void Any_bytes_give_a_clean_action_or_an_error() => Gen.OneOf(Gen.Byte, Gen.Int[0, 11].Select(i => "action=\n\n OK"u8[i])).Array[0, 60].Sample(bytes =>
    {
        foreach (var answer in (byte[][])[bytes, [.. "action="u8, .. bytes, .. "\n\n"u8]])
        {
            if (PolicyReply.FindEnd(answer) is not { } end) continue;
            try
            {
                var action = PolicyReply.ReadAction(answer.AsSpan(0, end));
                Assert.NotEmpty(action);
                Assert.DoesNotContain(action, c => char.IsControl(c) && c != '\t');
                Assert.Contains(Encoding.UTF8.GetString(answer).Split('\n'), line => line.StartsWith("action=", StringComparison.Ordinal) && line["action=".Length..].Trim() == action);
            }
            catch (InvalidDataException) { }
        }
    }, iter: 20_000);
}
