using System.Net;
using System.Text.Json.Nodes;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>Plays one transcript: settings and events in order. A list that holds a restriction we do not have yet is not compared.</summary>
internal sealed class Transcript
{
    private static readonly Dictionary<string, string> OldNames = new()
    {
        ["reject_unknown_client"] = "reject_unknown_client_hostname",
        ["reject_invalid_hostname"] = "reject_invalid_helo_hostname",
        ["reject_unknown_hostname"] = "reject_unknown_helo_hostname",
        ["reject_non_fqdn_hostname"] = "reject_non_fqdn_helo_hostname",
        ["reject_unknown_address"] = "reject_unknown_sender_domain",
    };

    private readonly RestrictionBench _bench = new();
    private readonly Dictionary<RefusedItem, string> _lists = [];
    private readonly HashSet<IPAddress> _networks = [];
    private bool _isDelayed = true;

    public Transcript(JsonObject suite)
    {
        foreach (var (name, content) in suite["tables"]!.AsObject())
        {
            _bench.Services.Contents[$"hash:./{name}"] = _bench.Services.Contents[$"hash:{name}"] = ReadTable(content!.GetValue<string>());
        }
        foreach (var (name, records) in suite["dns_zone_by_hand"]!.AsObject()) AddRecords(name, records!.AsObject());
        _bench.Services.Values["recipient_delimiter"] = "+";
    }

    public int Compared { get; private set; }

    public List<string> Mismatches { get; } = [];

    public async Task PlayAsync(JsonArray steps)
    {
        foreach (var step in steps)
        {
            if (step!["cmd"]?.GetValue<string>() is not { } command) continue;
            var words = command.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var reply = await RunAsync(words[0], words.Length > 1 ? words[1] : "");
            if (reply is null || step["expect"]?["reply"]?.GetValue<string>() is not { } expected) continue;
            Compared++;
            if (reply != expected && !IsKnownDeviation(reply, expected)) Mismatches.Add($"{step["n"]}: {command}: {expected} | {reply}");
        }
    }

    // RFC 7372 §3.3 gave a client without name the status X.7.25, which newer versions answer; and one old transcript knew another text in its table.
    private static bool IsKnownDeviation(string reply, string expected) =>
        reply.Replace(".7.25 Client host", ".7.1 Client host") == expected || reply.Replace("rejected: ns or mx server", "rejected: name server") == expected;

    /// <summary>The reply of an event; null for a setting and for what can't be compared.</summary>
    private async Task<string?> RunAsync(string command, string argument)
    {
        switch (command)
        {
            case "client_restrictions": _lists[RefusedItem.Client] = argument; return null;
            case "helo_restrictions": _lists[RefusedItem.Helo] = argument; return null;
            case "sender_restrictions": _lists[RefusedItem.Sender] = argument; return null;
            case "recipient_restrictions": _lists[RefusedItem.Recipient] = argument; return null;
            case "smtpd_delay_reject": _isDelayed = argument == "1"; return null;
            case "mydestination": SetDomains(argument, AddressClass.Local); return null;
            case "relay_domains": SetDomains(argument, AddressClass.Relay); return null;
            case "local_recipient_maps": _bench.Services.Known.UnionWith(FakeServices.Inline(argument).Keys.Select(user => $"{user}@example.com")); return null;
            case "client": return SetClient(argument.Split(' ')) ? await ReplyAsync(RefusedItem.Client) : null;
            case "helo": _bench.Helo = argument; return await ReplyAsync(RefusedItem.Helo);
            case "mail": _bench.Sender = argument == "<>" ? "" : argument; return await ReplyAsync(RefusedItem.Sender);
            case "rcpt": _bench.Recipients = [argument]; return await ReplyAsync(RefusedItem.Recipient);
            default:
                if (_bench.Services.Values.ContainsKey(command)) _bench.Services.Values[command] = argument;
                return null;
        }
    }

    private async Task<string?> ReplyAsync(RefusedItem stage)
    {
        if (_isDelayed) return null;
        string? latched = null;
        foreach (var (name, arguments) in Parse(_lists.GetValueOrDefault(stage, ""), stage))
        {
            if (name == "permit_mynetworks" && _networks.Contains(_bench.Client.Address)) break;
            if (!_bench.Names.Contains(name)) return null;
            Verdict verdict;
            try
            {
                verdict = await _bench.CheckAsync(name, arguments);
            }
            catch (TemporaryFailureException)
            {
                return null;
            }
            if (verdict is Verdict.PermitVerdict) break;
            if (verdict is Verdict.Refuse) return Framing.Show(verdict, _bench, stage);
            if (verdict is Verdict.DeferIfPermit latch) latched ??= Framing.Show(latch.Refusal, _bench, stage);
        }
        return latched ?? "OK";
    }

    private static IEnumerable<(string Name, object?[] Arguments)> Parse(string list, RefusedItem stage)
    {
        var words = new Queue<string>(list.Replace(',', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries));
        while (words.TryDequeue(out var word))
        {
            if (word.Contains(':', StringComparison.Ordinal)) yield return ($"check_{stage.ToString().ToLowerInvariant()}_access", [word]);
            else if (word.StartsWith("check_", StringComparison.Ordinal) && word.EndsWith("_access", StringComparison.Ordinal)) yield return (word, [words.Dequeue()]);
            else if (word == "reject_rbl_client") yield return (word, [words.Dequeue()]);
            else yield return (OldNames.GetValueOrDefault(word, word), []);
        }
    }

    private bool SetClient(string[] words)
    {
        if (words.Length < 2 || !IPAddress.TryParse(words[1], out var address)) return false;
        _bench.Client = new Sdk.Client { Address = address, Name = words[0], ReverseName = words[0], NameLookupFailed = words.Length > 2 && words[2] == "4" };
        // The transcripts have one set of networks: loopback and the first sixteen of 168.100.3.
        var bytes = address.GetAddressBytes();
        if (IPAddress.IsLoopback(address) || (bytes is [168, 100, 3, < 16])) _networks.Add(address);
        return true;
    }

    private void SetDomains(string domains, AddressClass addressClass)
    {
        foreach (var old in _bench.Services.Domains.Where(d => d.Value == addressClass).ToList()) _bench.Services.Domains.Remove(old.Key);
        foreach (var domain in domains.Split(',')) _bench.Services.Domains[domain] = addressClass;
    }

    private void AddRecords(string name, JsonObject records)
    {
        var addresses = (records["A"] as JsonArray ?? []).Concat(records["AAAA"] as JsonArray ?? []).Select(a => a!.GetValue<string>()).ToArray();
        if (addresses.Length > 0) _bench.Services.Zone.Add(name, addresses);
        if (records["MX"] is JsonArray exchangers) _bench.Services.Zone.AddMx(name, [.. exchangers.Select(mx => mx![1]!.GetValue<string>())]);
        if (records["NS"] is JsonArray servers) _bench.Services.Zone.AddNs(name, [.. servers.Select(ns => ns!.GetValue<string>())]);
        if (records["TXT"] is JsonArray texts) _bench.Services.Zone.AddTxt(name, string.Concat(texts[0]!.AsArray().Select(t => t!.GetValue<string>())));
    }

    private static Dictionary<string, string> ReadTable(string content)
    {
        var table = new Dictionary<string, string>();
        foreach (var line in content.Split('\n').Where(l => l.Length > 0 && !char.IsWhiteSpace(l[0])))
        {
            var parts = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length == 2) table[parts[0].ToLowerInvariant()] = parts[1];
        }
        return table;
    }
}
