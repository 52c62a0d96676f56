using PolicyMTA.Policy;

namespace PolicyMTA.Tests.Traces;

/// <summary>Traces for tests.</summary>
internal static class SampleTraces
{
    public static DateTimeOffset Noon { get; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>One with a refused and an accepted recipient.</summary>
    public static DecisionTrace Typical(int n = 1, DateTimeOffset? time = null) => new()
    {
        Time = time ?? Noon,
        Session = $"6a.{n:x}",
        Transaction = 1,
        QueueId = $"4dQ{n}",
        Generation = "0123456789ab",
        Listener = "smtp",
        Client = "mail.good.test[192.0.2.10]",
        Helo = "mail.good.test",
        Sender = "joe@good.test",
        Decisions =
        [
            new Decision("RCPT", "x@elsewhere.test", "554 5.7.1 <x@elsewhere.test>: Relay access denied",
                [Step("relay", "permit_mynetworks", 3), Step("relay", "reject_unauth_destination", 4, "reject 554 5.7.1")]),
            new Decision("RCPT", "alice@example.test", "250 2.1.5 Ok",
                [Step("relay", "permit_mynetworks", 3), Step("relay", "reject_unauth_destination", 4), new DecisionStep("recipient", "reject_unlisted_recipient", "", 0, "dunno", TimeSpan.FromMilliseconds(2.5))]),
            new Decision("END-OF-MESSAGE", "", $"250 2.0.0 Ok: queued as 4dQ{n}", []),
        ],
    };

    /// <summary>Anything a trace may be.</summary>
    public static DecisionTrace Any(Random random)
    {
        return new DecisionTrace
        {
            Time = Noon.AddMilliseconds(random.Next(1000)),
            Session = "s" + random.Next(5),
            Transaction = random.Next(3),
            QueueId = random.Next(2) == 0 ? null : Text(),
            Generation = Text(), Listener = Text(), Client = Text(), Helo = Text(), User = Text(),
            Sender = random.Next(2) == 0 ? null : Text(),
            Decisions = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new Decision(Text(), Text(), Text(), [.. Enumerable.Range(0, random.Next(4)).Select(_ => new DecisionStep(Text(), Text(), Text(), random.Next(9), Text(), TimeSpan.FromMicroseconds(random.Next())))]))],
        };

        string Text() => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(4) switch { 0 => "é", 1 => "\"\\\u0001", 2 => "\U0001F600", _ => ((char)random.Next(32, 127)).ToString() }));
    }

    /// <summary>All there is in one, to compare.</summary>
    public static string Flat(DecisionTrace t) =>
        $"{t.Time:O}|{t.Session}|{t.Transaction}|{t.QueueId ?? "null"}|{t.Generation}|{t.Listener}|{t.Client}|{t.Helo}|{t.User}|{t.Sender ?? "null"}|{string.Join('|', t.Decisions.Select(d => $"{d.Command}/{d.Item}/{d.Reply}/{string.Join('/', d.Steps)}"))}";

    private static DecisionStep Step(string stage, string rule, int line, string verdict = "dunno") => new(stage, rule, stage + ".js", line, verdict, TimeSpan.FromMicroseconds(12));
}
