using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PolicyMTA.Crash;

/// <summary>One delivery that the harness was given. An immutable value.</summary>
/// <param name="Number">The letter.</param>
/// <param name="Recipient">For whom.</param>
/// <param name="Life">Which start of the server delivered it.</param>
/// <param name="Receipt">What the next hop called it in its reply; null in a mailbox.</param>
internal sealed record Delivery(int Number, string Recipient, int Life, string? Receipt);

/// <summary>What was acknowledged and what came of it. It lives in the process that is not killed.</summary>
internal sealed partial class Ledger
{
    private readonly ConcurrentDictionary<(int Number, string Recipient), byte> _acknowledged = new();
    private readonly ConcurrentQueue<Delivery> _deliveries = new();
    private readonly ConcurrentQueue<(int Number, string Recipient)> _reports = new();
    private readonly ConcurrentQueue<string> _torn = new();
    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);
    private int _letters, _refused;

    internal int Letters => _letters;
    internal int Refused => _refused;

    internal void Acknowledge(int number, IEnumerable<string> recipients)
    {
        Interlocked.Increment(ref _letters);
        foreach (var recipient in recipients) _acknowledged[(number, recipient)] = 0;
    }

    internal void Refuse() => Interlocked.Increment(ref _refused);

    internal void Deliver(Delivery delivery) => _deliveries.Enqueue(delivery);

    internal void Report(int number, string recipient) => _reports.Enqueue((number, recipient));

    internal void Torn(string what) => _torn.Enqueue(what);

    /// <summary>The server's log names an outcome only when it is committed: from then on it may not be repeated.</summary>
    internal void ReadLog(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (Sent().Match(line) is { Success: true } sent) _recorded.Add(sent.Groups[2].Value + " " + sent.Groups[1].Value);
        }
    }

    /// <summary>Everything that is wrong, and the figures.</summary>
    internal Account Close()
    {
        var faults = new List<string>(_torn.Select(what => $"not whole: {what}"));
        var delivered = _deliveries.ToLookup(delivery => (delivery.Number, delivery.Recipient));
        var reported = _reports.ToLookup(report => report);
        foreach (var acknowledged in _acknowledged.Keys)
        {
            var (arrived, returned) = (delivered.Contains(acknowledged), reported.Contains(acknowledged));
            if (!arrived && !returned) faults.Add(Text($"lost: {acknowledged}"));
            if (arrived && returned) faults.Add(Text($"delivered and returned: {acknowledged}"));
        }
        faults.AddRange(reported.Where(report => report.Count() > 1).Select(report => Text($"returned {report.Count()} times: {report.Key}")));
        foreach (var copies in delivered)
        {
            if (copies.GroupBy(copy => copy.Life).FirstOrDefault(life => life.Count() > 1) is { } life) faults.Add(Text($"repeated without a crash in life {life.Key}: {copies.Key}"));
            var last = copies.Max(copy => copy.Life);
            faults.AddRange(copies.Where(copy => copy.Life != last && IsRecorded(copy)).Select(copy => Text($"repeated though it was recorded in life {copy.Life}: {copies.Key}")));
        }
        return new Account(faults, _acknowledged.Count, delivered.Count, _reports.Count, _deliveries.Count - delivered.Count, _deliveries.Count(delivery => delivery.Receipt is not null && !IsRecorded(delivery)));
    }

    private bool IsRecorded(Delivery delivery) => delivery.Receipt is { } receipt && _recorded.Contains($"{receipt} {delivery.Recipient}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("to=<([^>]+)>.* status=sent \\(.*(taken\\.\\d+)\\)")]
    private static partial Regex Sent();
}

/// <summary>How the ledger closed. An immutable value.</summary>
/// <param name="Faults">What is wrong, in words; empty when all is well.</param>
/// <param name="Acknowledged">Recipients of acknowledged letters.</param>
/// <param name="Delivered">Recipients that a letter was delivered to.</param>
/// <param name="Returned">Recipients that a report came for.</param>
/// <param name="Repeated">Deliveries beyond the first.</param>
/// <param name="InFlight">Deliveries that the next hop had taken, and the server had not recorded, at a kill.</param>
internal sealed record Account(IReadOnlyList<string> Faults, int Acknowledged, int Delivered, int Returned, int Repeated, int InFlight);
