using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Notices;

/// <summary>
/// What client and server said, for <c>notify_classes</c>: the beginning and the end of a session, never a message and never a secret. It is kept only where <c>policy</c>,
/// <c>protocol</c> or <c>data</c> are asked for; with the other classes alone, which are Postfix's default, only the replies that told of trouble are.
/// </summary>
internal sealed class SessionTranscript(NotifyClasses wanted)
{
    // As long as somebody may read it; what is between first and last says mostly the same.
    internal const int FirstLines = 50, LastLines = 150;
    internal const int LongestLine = 500;
    private const NotifyClasses WholeSession = NotifyClasses.Policy | NotifyClasses.Protocol | NotifyClasses.Data;

    private readonly List<string> _first = [];
    private readonly Queue<string> _last = new();
    private int _left;

    /// <summary>What went wrong so far, as far as it is wanted.</summary>
    internal NotifyClasses Trouble { get; private set; }

    private bool IsWhole => (wanted & WholeSession) != 0;

    /// <summary>A line of the client.</summary>
    internal void Heard(in ReadOnlySequence<byte> line)
    {
        if (!IsWhole) return;
        var text = Encoding.UTF8.GetString(line.Slice(0, Math.Min(line.Length, LongestLine)));
        // A password may stand behind the mechanism.
        if (text.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase) && text.IndexOf(' ', 5) is > 0 and var end) text = text[..end] + " ...";
        Add("In:  ", text);
    }

    /// <summary>A reply of the server.</summary>
    internal void Said(SmtpReply reply, string? verb)
    {
        var trouble = Trouble | (Classify(reply, verb) & wanted);
        var isNews = trouble != Trouble;
        Trouble = trouble;
        if (!IsWhole && !isNews) return;
        foreach (var line in reply.ToString().Split('\n')) Add("Out: ", line);
    }

    /// <summary>The server failed.</summary>
    internal void Failed() => Trouble |= NotifyClasses.Software & wanted;

    internal IReadOnlyList<string> Lines() => _left == 0 ? [.. _first, .. _last] : [.. _first, $"... {_left} lines are left out", .. _last];

    /// <summary>What a reply says of the kind of trouble: its enhanced status does (RFC 3463), and in the end its code.</summary>
    internal static NotifyClasses Classify(SmtpReply reply, string? verb) => reply switch
    {
        { Code: < 400 } => NotifyClasses.None,
        { Code: 452, Status: { Subject: 3, Detail: 1 } } => NotifyClasses.Resource,
        { Code: 451 or 421 or 454, Status: { Subject: 3 } } => NotifyClasses.Software,
        { Code: >= 500 and <= 504 } or { Status: { Subject: 5 } } => NotifyClasses.Protocol,
        _ => verb is "DATA" or "BDAT" ? NotifyClasses.Data : NotifyClasses.Policy,
    };

    private void Add(string who, string text)
    {
        var line = who + (text.Length > LongestLine ? text[..LongestLine] : text);
        if (_first.Count < FirstLines)
        {
            _first.Add(line);
            return;
        }
        _last.Enqueue(line);
        if (_last.Count <= LastLines) return;
        _last.Dequeue();
        _left++;
    }
}
