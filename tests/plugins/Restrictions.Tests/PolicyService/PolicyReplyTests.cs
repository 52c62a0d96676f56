using System.Text;
using CsCheck;
using PolicyMTA.Restrictions.PolicyService;

namespace PolicyMTA.Restrictions.Tests.PolicyService;

public sealed class PolicyReplyTests
{
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
