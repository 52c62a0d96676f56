using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PolicyMTA.Configuration;
using PolicyMTA.Policy.Testing;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>What test files can do, over a <see cref="Rehearsal"/>.</summary>
internal sealed class TestStage(Rehearsal rehearsal) : IPolicyTestHost
{
    private readonly List<(RehearsedSession Session, bool IsLmtp)> _sessions = [];

    /// <inheritdoc/>
    public TimeProvider Time => rehearsal.Time;

    /// <inheritdoc/>
    public ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        _sessions.Clear();
        return rehearsal.ResetAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<string> CallAsync(string operation, string arguments, CancellationToken cancellationToken)
    {
        var given = JsonNode.Parse(arguments)!.AsObject();
        var value = operation switch
        {
            "open" => await OpenAsync(given, cancellationToken),
            "command" => new JsonArray(Of(await SessionOf(given).Session.SayAsync(Line(given), cancellationToken))),
            "data" => new JsonArray([.. (await SessionOf(given).Session.SendAsync(given["message"]!.GetValue<string>(), SessionOf(given).IsLmtp, cancellationToken)).Select(Of)]),
            "queue" => new JsonArray([.. (await rehearsal.QueueAsync(cancellationToken)).Select(m => QueuedJson.Of(m.Entry, m.Content))]),
            "advance" => Advance(given["duration"]!.GetValue<string>()),
            "set_time" => SetTime(DateTimeOffset.Parse(given["time"]!.GetValue<string>(), CultureInfo.InvariantCulture)),
            _ => throw new PolicyTestException($"there is no '{operation}'"),
        };
        return Answer(value);
    }

    /// <inheritdoc/>
    public string Tell(string operation, string arguments)
    {
        var given = JsonNode.Parse(arguments)!.AsObject();
        switch (operation)
        {
            case "dns":
                rehearsal.Dns.Set(given["kind"]!.GetValue<string>(), given["name"]!.GetValue<string>(), [.. given["values"]!.AsArray().Select(v => v!.GetValue<string>())]);
                return Answer(null);
            case "table":
                SetTable(given["name"]!.GetValue<string>(), given["entries"] as JsonObject);
                return Answer(null);
            case "address":
                rehearsal.Verifier.Set(given["address"]!.GetValue<string>(), StandingOf(given["standing"]?.GetValue<string>()));
                return Answer(null);
            case "http":
                rehearsal.Endpoints.Set(given["name"]!.GetValue<string>(), given.ContainsKey("answer") ? given["answer"]?.ToJsonString() ?? "null" : null);
                return Answer(null);
            case "events":
                return Answer(new JsonArray([.. rehearsal.Endpoints.Told.Select(t => new JsonObject { ["name"] = t.Name, ["data"] = JsonNode.Parse(t.Data) })]));
            case "now":
                return Answer(rehearsal.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            default:
                throw new PolicyTestException($"there is no '{operation}'");
        }
    }

    private async Task<JsonNode> OpenAsync(JsonObject given, CancellationToken cancellationToken)
    {
        Know(given, "listener", "ip", "port", "name", "reverse_name", "helo", "tls", "user", "mechanism");
        var listener = FindListener(given["listener"]?.GetValue<string>());
        var address = given["ip"]?.GetValue<string>() ?? "192.0.2.1";
        if (!IPAddress.TryParse(address, out var ip)) throw new PolicyTestException($"'{address}' is no address");
        var known = new KnownClient
        {
            Name = given["name"]?.GetValue<string>(),
            ReverseName = given["reverse_name"]?.GetValue<string>(),
            Tls = TlsOf(given["tls"]),
            Sasl = given["user"]?.GetValue<string>() is { } user ? new Sasl(user, given["mechanism"]?.GetValue<string>() ?? "PLAIN") : null,
        };
        var session = rehearsal.Open(listener, new IPEndPoint(ip, given["port"]?.GetValue<int>() ?? 40000), known);
        _sessions.Add((session, listener.Protocol == ListenerProtocol.Lmtp));
        var replies = new JsonArray { Of(await session.SayAsync(null, cancellationToken)) };
        // A client that wants to say hello itself gives null.
        if (!given.TryGetPropertyValue("helo", out var helo) || helo is not null)
            replies.Add(Of(await session.SayAsync($"{(listener.Protocol == ListenerProtocol.Lmtp ? "LHLO" : "EHLO")} {helo?.GetValue<string>() ?? "client.test.invalid"}", cancellationToken)));
        return new JsonObject { ["session"] = _sessions.Count - 1, ["replies"] = replies };
    }

    private ListenerSettings FindListener(string? name)
    {
        var listeners = rehearsal.Listeners;
        if (name is null) return listeners.FirstOrDefault(l => l.Name == "smtp") ?? (listeners.Count > 0 ? listeners[0] : throw new PolicyTestException("the configuration has no listener"));
        return listeners.FirstOrDefault(l => l.Name == name) ?? throw new PolicyTestException($"there is no listener '{name}'{Spelling.Suggest(name, listeners.Select(l => l.Name))}");
    }

    private static Tls? TlsOf(JsonNode? given) => given switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var has) => has ? new Tls { Version = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", Bits = 256 } : null,
        JsonObject tls => new Tls
        {
            Version = tls["version"]?.GetValue<string>() ?? "TLSv1.3", Cipher = tls["cipher"]?.GetValue<string>() ?? "TLS_AES_256_GCM_SHA384", Bits = tls["bits"]?.GetValue<int>() ?? 256, ServerName = tls["sni"]?.GetValue<string>(),
            Certificate = tls["client_cert"] is JsonObject c ? new ClientCertificate(Text(c, "subject"), Text(c, "issuer"), Text(c, "fingerprint"), Text(c, "public_key_fingerprint"), c["verified"]?.GetValue<bool>() ?? false) : null,
        },
        _ => throw new PolicyTestException("tls is true, false or an object"),
    };

    private static string Text(JsonObject of, string name) => of[name]?.GetValue<string>() ?? "";

    private (RehearsedSession Session, bool IsLmtp) SessionOf(JsonObject given) => _sessions[given["session"]!.GetValue<int>()];

    private static string Line(JsonObject given)
    {
        var line = given["line"]!.GetValue<string>();
        return line.Contains('\n', StringComparison.Ordinal) ? throw new PolicyTestException("a command is one line") : line;
    }

    private void SetTable(string name, JsonObject? entries)
    {
        var known = rehearsal.FindTable(name) ?? throw new PolicyTestException($"neither the configuration nor a policy has a table '{name}'{Spelling.Suggest(name, rehearsal.Tables.Known)}");
        rehearsal.Tables.Set(known, entries?.ToDictionary(e => e.Key, e => e.Value?.ToString() ?? "", StringComparer.Ordinal));
    }

    private static AddressStanding StandingOf(string? word) => word switch
    {
        "deliverable" => AddressStanding.Deliverable,
        "undeliverable" => AddressStanding.Undeliverable,
        "unknown" => AddressStanding.Deferred,
        _ => throw new PolicyTestException("an address is 'deliverable', 'undeliverable' or 'unknown'"),
    };

    private JsonNode? Advance(string duration)
    {
        if (!PostfixDuration.TryParse(duration, 's', out var span) || span < TimeSpan.Zero) throw new PolicyTestException($"'{duration}' is no duration such as '5m'");
        return SetTime(rehearsal.Time.GetUtcNow() + span);
    }

    private JsonNode? SetTime(DateTimeOffset time)
    {
        if (time < rehearsal.Time.GetUtcNow()) throw new PolicyTestException("the clock does not go back");
        rehearsal.Clock.MoveTo(time);
        return null;
    }

    private static JsonObject Of(RehearsedReply reply)
    {
        var decider = reply.Decider;
        return new JsonObject
        {
            ["code"] = reply.Code,
            ["status"] = EnhancedStatus.TryParse(reply.Lines[^1].Split(' ').ElementAtOrDefault(1) ?? reply.Lines[^1].Split('-', ' ').ElementAtOrDefault(1), out var status) ? status.ToString() : null,
            ["text"] = reply.Lines[^1].Length > 4 ? reply.Lines[^1][4..] : "",
            ["lines"] = new JsonArray([.. reply.Lines.Select(l => (JsonNode)l)]),
            ["rule"] = decider?.Rule,
            ["file"] = decider?.File,
            ["line"] = decider?.Line,
            ["verdict"] = decider?.Verdict,
            ["decisions"] = new JsonArray([.. reply.Steps.Select(s => (JsonNode)new JsonObject { ["stage"] = s.Stage, ["rule"] = s.Rule, ["file"] = s.File, ["line"] = s.Line, ["verdict"] = s.Verdict })]),
        };
    }

    private static void Know(JsonObject given, params string[] known)
    {
        foreach (var (name, _) in given)
        {
            if (!known.Contains(name)) throw new PolicyTestException($"a client has no '{name}'{Spelling.Suggest(name, known)}");
        }
    }

    private static string Answer(JsonNode? value) => new JsonObject { ["value"] = value }.ToJsonString();
}
