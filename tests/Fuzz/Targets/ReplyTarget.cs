using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>What servers answer us, and what we answer with texts made by others.</summary>
internal sealed class ReplyTarget : FuzzTarget
{
    private const int MostLines = 40;
    private const int MostOwnOctets = 1200;

    public override string Name => "reply";

    public override IReadOnlyList<string> Words { get; } =
        ["250 ", "250-", "2.0.0 ", "550 5.1.1 ", "421 4.7.0 ", "\r\n", "\n", "\r", "SIZE 1000", "AUTH PLAIN LOGIN", "AUTH=LOGIN", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "STARTTLS", "REQUIRETLS", "354", "\u00c3\u00a9", "\0", "\u00e2\u0080\u00a8", "  "];

    /// <summary>A line of a server may have 2048.</summary>
    public override int MaxOctets => 2400;

    public override void Check(byte[] input)
    {
        var whole = Read([input]);
        var cut = Read(Octets.Cut(input));
        Require(whole.Replies.SequenceEqual(cut.Replies) && whole.IsRefused == cut.IsRefused, "cut elsewhere, the replies are others");
        foreach (var reply in whole.Replies)
        {
            Require(reply.Code is >= 200 and <= 599 && reply.Lines.Count is > 0 and <= 100, "a reply is none");
            Require(!reply.ToString().Any(char.IsControl), "a reply has control characters");
            Require(reply.Status is not { } status || status.Class == reply.Code / 100, "the status contradicts the code");
            CheckKeywords(EhloKeywords.Parse(reply));
        }
        CheckOwn(Encoding.UTF8.GetString(input.AsSpan(0, Math.Min(input.Length, MostOwnOctets))));
    }

    private static void CheckKeywords(EhloKeywords keywords)
    {
        var offered = keywords.Offered(new MailParameters { Size = 1, Body = BodyType.BinaryMime, Ret = Ret.Full, EnvelopeId = "x", SmtpUtf8 = true });
        Require(keywords.Dsn || offered.EnvelopeId is null, "DSN goes to a server without it");
        Require(keywords.HasSize || offered.Size is null, "SIZE goes to a server without it");
        Require(offered.SmtpUtf8, "SMTPUTF8 is lost on the way");
        Require(keywords.Size is null or > 0, "a limit of nothing");
    }

    /// <summary>The input as the text of a refusal, in one line and in several.</summary>
    private static void CheckOwn(string text)
    {
        OneReply.Check(SmtpReply.Single(550, "5.7.1", text));
        var reply = new SmtpReply(250, null, [.. text.Split('\n').Take(MostLines)]);
        OneReply.Check(reply);
        OneReply.Check(reply.AsSoftBounce());
    }

    /// <summary>As a client reads: what is left is kept until more comes. Refused: no reply, and the session with the server is over.</summary>
    private static (List<RemoteReply> Replies, bool IsRefused) Read(List<byte[]> pieces)
    {
        var replies = new List<RemoteReply>();
        byte[] kept = [];
        try
        {
            foreach (var piece in pieces)
            {
                var buffer = Octets.Join([kept, piece]);
                var length = buffer.Length;
                while (RemoteReply.TryRead(ref buffer, out var reply))
                {
                    Require(buffer.Length < length, "a reply of nothing");
                    length = buffer.Length;
                    replies.Add(reply);
                }
                Require(buffer.Length == length, "half a reply is taken");
                kept = buffer.ToArray();
            }
            return (replies, false);
        }
        catch (SmtpProtocolException)
        {
            return (replies, true);
        }
    }
}
