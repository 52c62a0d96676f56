using System.Buffers;
using System.Text;
using CsCheck;
using PolicyMTA.Receiving.Delegation;

namespace PolicyMTA.Receiving.Tests.Delegation;

public sealed class DelegatedQuestionTests
{
    private const string Plain = "request=smtpd_access_policy\nprotocol_state=RCPT\nsize=12\nrecipient=a=b@c.test\n\n";

    private static DelegatedQuestion? Take(byte[] bytes, out long left)
    {
        var sequence = new ReadOnlySequence<byte>(bytes);
        var question = DelegatedQuestion.TakeFrom(ref sequence);
        left = sequence.Length;
        return question;
    }

    [Fact]
    public void A_question_has_attributes_and_the_next_one_stays()
    {
        var question = Take(Encoding.UTF8.GetBytes(Plain + "request=next"), out var left)!;
        Assert.Equal(("RCPT", "a=b@c.test", 12L, "", 0L, 12L), (question["protocol_state"], question["recipient"], question.Number("size"), question["sender"], question.Number("protocol_state"), left));
    }

    [Fact]
    public void A_part_of_a_question_is_none()
    {
        var bytes = Encoding.UTF8.GetBytes(Plain);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(Take(bytes[..length], out var left));
            Assert.Equal(length, left);
        }
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("request=other\n\n")]
    [InlineData("protocol_state=RCPT\n\n")]
    [InlineData("request=smtpd_access_policy\nno value\n\n")]
    [InlineData("request=smtpd_access_policy\n=x\n\n")]
    [InlineData("request=smtpd_access_policy\r\n\r\n\n")]
    [InlineData("request=smtpd_access_policy\nhelo_name=a\0b\n\n")]
    [InlineData("request=smtpd_access_policy\nclient_address=1\nclient_address=2\n\n")]
    [InlineData("GET / HTTP/1.1\nHost: x\n\n")]
    public void Nonsense_is_refused(string text) => Assert.Throws<InvalidDataException>(() => Take(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_question_has_a_limit(int more)
    {
        var bytes = Encoding.UTF8.GetBytes("request=smtpd_access_policy\nx=" + new string('y', DelegatedQuestion.Longest - "request=smtpd_access_policy\nx=\n\n".Length + more) + "\n\n");
        if (more == 0) Assert.NotNull(Take(bytes, out _));
        else Assert.Throws<InvalidDataException>(() => Take(bytes, out _));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    public void A_line_without_an_end_has_the_same_limit(int more)
    {
        var bytes = Encoding.UTF8.GetBytes(new string('y', DelegatedQuestion.Longest + more));
        if (more < 0) Assert.Null(Take(bytes, out _));
        else Assert.Throws<InvalidDataException>(() => Take(bytes, out _));
    }

    // Whatever comes and however it is cut, the outcome is the same, and a value never has a control character.
    [Fact]
    public void Any_bytes_give_a_question_or_an_error() => Gen.OneOf(Gen.Byte, Gen.Int[0, 8].Select(i => "a=\n\n b=c\n"u8[i])).Array[0, 60].Sample(bytes =>
    {
        foreach (var input in (byte[][])[bytes, [.. "request=smtpd_access_policy\nx="u8, .. bytes, .. "\n\n"u8]])
        {
            var whole = Outcome(new ReadOnlySequence<byte>(input));
            for (var cut = 1; cut < input.Length; cut += 7) Assert.Equal(whole, Outcome(Cut(input, cut)));
        }
    }, iter: 10_000);

    private static string Outcome(ReadOnlySequence<byte> bytes)
    {
        try
        {
            var question = DelegatedQuestion.TakeFrom(ref bytes);
            Assert.DoesNotContain(question?["x"] ?? "", char.IsControl);
            return $"{question?["x"] ?? "none"} {bytes.Length}";
        }
        catch (InvalidDataException error)
        {
            return error.Message;
        }
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int at)
    {
        var first = new Piece(bytes.AsMemory(0, at), 0);
        return new ReadOnlySequence<byte>(first, 0, first.Follow(bytes.AsMemory(at)), bytes.Length - at);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        internal Piece(ReadOnlyMemory<byte> memory, long at) => (Memory, RunningIndex) = (memory, at);

        internal Piece Follow(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
