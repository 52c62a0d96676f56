using System.Text;

namespace PolicyMTA.Receiving.Tests;

/// <summary>A transaction of the suite of milter behaviours: what a client sends, and what shall come of it.</summary>
internal sealed class BehaviourCase
{
    private readonly List<List<string>> _recipients = [[]];
    private readonly List<string> _kept = [];
    private readonly StringBuilder _given = new();
    private readonly StringBuilder _result = new();
    private string _from = "<from@example.com>";
    private string _custom = "";
    private string _decision = "";
    private bool _startsTls;
    private bool _logsIn;

    /// <summary>The sender it names as a result.</summary>
    internal string? Sender { get; private set; }

    /// <summary>The recipients it names as a result; none are all.</summary>
    internal IReadOnlyList<string> Kept => _kept;

    /// <summary>The header section behind our Received field, where the case names one.</summary>
    internal string? Header => _result.Length == 0 ? null : _result.ToString();

    internal bool IsAccepted => _decision == "ACCEPT";

    /// <summary>It is taken from the client, and nobody gets it now.</summary>
    internal bool IsDiscardedOrHeld => _decision == "DISCARD-OR-QUARANTINE";

    /// <summary>The transactions of a case, parted by comments.</summary>
    internal static IReadOnlyList<BehaviourCase> Read(string text)
    {
        var all = new List<BehaviourCase>();
        var lines = new Queue<string>(text.TrimEnd('\n').Split('\n'));
        while (lines.Count > 0)
        {
            var one = new BehaviourCase();
            while (lines.TryPeek(out var next) && next.StartsWith('#')) lines.Dequeue();
            while (lines.TryPeek(out var next) && !next.StartsWith('#')) one.Take(lines.Dequeue(), lines);
            if (one._decision.Length == 0) throw new InvalidOperationException($"no decision in: {text}");
            all.Add(one);
        }
        return all;
    }

    /// <summary>The lines of a dialogue, from STARTTLS to the last reply.</summary>
    internal string Script(string hello)
    {
        var script = new StringBuilder();
        if (_startsTls) script.Append("C: STARTTLS\nS: 220 *\nTLS\n").Append(hello);
        if (_logsIn) script.Append("C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=\nS: 235 *\n");
        foreach (var recipients in _recipients)
        {
            script.Append($"C: MAIL FROM:{_from}\nS: {MailReply}\n");
            if (MailReply[0] != '2') return script.ToString();
            foreach (var recipient in recipients.DefaultIfEmpty("<to@example.com>")) script.Append($"C: RCPT TO:{recipient}\nS: {RecipientReply(recipient)}\n");
            if (recipients != _recipients[^1]) script.Append("C: RSET\nS: 250 *\n");
        }
        if (!IsAccepted && !IsDiscardedOrHeld) return script.ToString();
        var given = _given.Length == 0 ? "Subject: test\r\n" : _given.ToString();
        return script.Append($"C: DATA\nS: 354 *\nC! {given.Replace("\r\n", "\\r\\n", StringComparison.Ordinal)}\\r\\nbody\\r\\n.\\r\\n\nS: 250 2.0.0 Ok: queued as *\n").ToString();
    }

    // Behind EHLO every reply has an enhanced status (RFC 2034 §4): where a filter gives none, it is x.0.0.
    private string MailReply => _decision switch
    {
        "CUSTOM@FROM" when _custom.Split(' ', 2) is [var code, var text] => text.Contains('.', StringComparison.Ordinal) ? _custom : $"{code} {code[0]}.0.0 {text}",
        "REJECT@FROM" => "550 5.7.1 *",
        _ => "250 2.1.0 Ok",
    };

    private string RecipientReply(string recipient) => _decision switch
    {
        "REJECT@*" => "550 5.7.1 *",
        "TEMPFAIL@*" => "451 4.7.1 *",
        "ACCEPT" when _kept.Count > 0 && !_kept.Contains(recipient) && !(_recipients.Count > 1 && recipient == "<allowed2@example.com>") => "550 5.7.1 *",
        "ACCEPT" or "DISCARD-OR-QUARANTINE" => "250 2.1.5 Ok",
        _ => throw new InvalidOperationException($"no recipient is named behind {_decision}"),
    };

    private void Take(string line, Queue<string> lines)
    {
        var words = line.Split(' ');
        var isResult = _decision.Length > 0;
        switch (words[0])
        {
            case "STARTTLS": _startsTls = true; break;
            case "AUTH": _logsIn = true; break;
            case "FROM" when isResult: Sender = words[1]; break;
            case "FROM": _from = words[1]; break;
            case "TO" when isResult: _kept.Add(words[1]); break;
            case "TO": _recipients[^1].Add(words[1]); break;
            case "RESET": _recipients.Add([]); break;
            case "HEADER": TakeHeader(isResult ? _result : _given, lines); break;
            case "DECISION":
                _decision = words[1];
                if (_decision.StartsWith("CUSTOM", StringComparison.Ordinal)) _custom = lines.Dequeue();
                break;
            default: throw new InvalidOperationException($"what is '{line}'?");
        }
    }

    private static void TakeHeader(StringBuilder section, Queue<string> lines)
    {
        while (lines.Dequeue() is var line && line != ".")
        {
            if (line != "Received: placeholder") section.Append(line).Append("\r\n");
        }
    }
}
