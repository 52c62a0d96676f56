using System.Net;
using System.Text.Json.Nodes;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>Plays one of Postfix's transcripts through the shipped restrictions and the policy engine: settings and events in order.</summary>
internal sealed class Transcript
{
    private static readonly Dictionary<string, string[]> Filters = new()
    {
        ["no-mx.reg"] = ["MX"],
        ["no-a.reg"] = ["A"],
        ["no-txt.reg"] = ["TXT"],
        ["error.reg"] = ["A", "AAAA", "MX", "TXT", "NS"],
    };

    private readonly TranscriptSession _session = new();
    private readonly IReadOnlyDictionary<string, string> _deviations;
    private readonly string _name;

    public Transcript(JsonObject suite, string name, IReadOnlyDictionary<string, string> deviations)
    {
        (_name, _deviations) = (name, deviations);
        foreach (var (table, content) in suite["tables"]!.AsObject())
        {
            Services.Contents[$"hash:./{table}"] = Services.Contents[$"hash:{table}"] = ReadTable(content!.GetValue<string>());
        }
        foreach (var (domain, records) in suite["dns_zone_by_hand"]!.AsObject()) AddRecords(domain, records!.AsObject());
        Services.Values["recipient_delimiter"] = "+";
    }

    public int Compared { get; private set; }

    /// <summary>The deviations that were met: those that were listed for nothing are missing.</summary>
    public HashSet<string> Met { get; } = [];

    public List<string> Mismatches { get; } = [];

    private FakeServices Services => _session.Bench.Services;

    public async Task PlayAsync(JsonArray steps)
    {
        foreach (var step in steps)
        {
            if (step!["cmd"]?.GetValue<string>() is not { } command) continue;
            var words = command.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var reply = await RunAsync(words[0], words.Length > 1 ? words[1] : "");
            if (reply is null || step["expect"]?["reply"]?.GetValue<string>() is not { } expected) continue;
            Compare($"{_name}:{step["n"]}", command, expected, reply);
        }
    }

    private void Compare(string place, string command, string expected, string reply)
    {
        Compared++;
        if (reply == expected) return;
        if (_deviations.ContainsKey(place)) Met.Add(place);
        else Mismatches.Add($"{place}: {command}: {expected} | {reply}");
    }

    /// <summary>The reply of an event; null for a setting.</summary>
    private async Task<string?> RunAsync(string command, string argument)
    {
        switch (command)
        {
            case "client_restrictions" or "helo_restrictions" or "sender_restrictions" or "relay_restrictions" or "recipient_restrictions":
                _session.Lists[command.Split('_')[0]] = argument;
                return null;
            case "smtpd_delay_reject": _session.DelayReject = argument == "1"; return null;
            case "mynetworks": _session.Networks = argument; return null;
            case "mydestination": SetDomains(argument, AddressClass.Local); return null;
            case "relay_domains": SetDomains(argument, AddressClass.Relay); return null;
            case "local_recipient_maps": Services.Known.UnionWith(FakeServices.Inline(argument).Keys.Select(user => $"{user}@example.com")); return null;
            case "smtpd_dns_reply_filter": Services.Zone.BrokenTypes.Clear(); Services.Zone.BrokenTypes.UnionWith(Filters[argument.Split('/')[^1]]); return null;
            case "fingerprint": _session.Fingerprint = argument; return null;
            case "client": return await ClientAsync(argument.Split(' '));
            case "helo": _session.Bench.Helo = argument; return await _session.AskAsync("helo");
            case "mail": _session.Bench.Sender = argument == "<>" ? "" : argument; return await _session.AskAsync("sender");
            case "rcpt": _session.Bench.Recipients = [argument]; return await _session.AskAsync("recipient");
            default:
                if (Services.Values.ContainsKey(command)) Services.Values[command] = argument;
                return null;
        }
    }

    private Task<string?> ClientAsync(string[] words)
    {
        // One step has a client that is no address.
        var address = IPAddress.TryParse(words[1], out var parsed) ? parsed : IPAddress.Any;
        _session.Bench.Client = new Sdk.Client { Address = address, Name = words[0], ReverseName = words[0], NameLookupFailed = words.Length > 2 && words[2] == "4" };
        return _session.AskAsync("client");
    }

    private void SetDomains(string domains, AddressClass addressClass)
    {
        foreach (var old in Services.Domains.Where(d => d.Value == addressClass).ToList()) Services.Domains.Remove(old.Key);
        foreach (var domain in domains.Split(',')) Services.Domains[domain] = addressClass;
    }

    private void AddRecords(string name, JsonObject records)
    {
        var addresses = (records["A"] as JsonArray ?? []).Concat(records["AAAA"] as JsonArray ?? []).Select(a => a!.GetValue<string>()).ToArray();
        if (addresses.Length > 0) Services.Zone.Add(name, addresses);
        if (records["MX"] is JsonArray exchangers) Services.Zone.AddMx(name, [.. exchangers.Select(mx => mx![1]!.GetValue<string>().TrimEnd('.'))]);
        if (records["NS"] is JsonArray servers) Services.Zone.AddNs(name, [.. servers.Select(ns => ns!.GetValue<string>())]);
        if (records["TXT"] is JsonArray texts) Services.Zone.AddTxt(name, string.Concat(texts[0]!.AsArray().Select(t => t!.GetValue<string>())));
    }

    private static Dictionary<string, string> ReadTable(string content)
    {
        // A line that begins with white space goes on with the one before.
        var lines = content.Replace("\n ", " ", StringComparison.Ordinal).Split('\n');
        var table = new Dictionary<string, string>();
        foreach (var line in lines.Where(l => l.Length > 0))
        {
            var parts = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length == 2) table[parts[0].ToLowerInvariant()] = parts[1];
        }
        return table;
    }
}
