using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>The session of a transcript. For each event the lists are made into policies, and a session comes as far as the event.</summary>
internal sealed class TranscriptSession
{
    private static readonly string[] Stages = ["client", "helo", "sender", "recipient"];
    private static readonly Dictionary<string, string> OldNames = new()
    {
        ["reject_unknown_client"] = "reject_unknown_client_hostname",
        ["reject_invalid_hostname"] = "reject_invalid_helo_hostname",
        ["reject_unknown_hostname"] = "reject_unknown_helo_hostname",
        ["reject_non_fqdn_hostname"] = "reject_non_fqdn_helo_hostname",
        ["reject_unknown_address"] = "reject_unknown_sender_domain",
    };

    private readonly Dictionary<string, (string List, string[] BrokenTypes)> _inForce = [];

    public RestrictionBench Bench { get; } = new() { Helo = null, Sender = "", Client = new() { Address = IPAddress.Loopback, Name = "localhost", ReverseName = "localhost" } };
    public Dictionary<string, string> Lists { get; } = [];
    public bool DelayReject { get; set; } = true;
    public string Networks { get; set; } = "";
    public string? Fingerprint { get; set; }

    /// <summary>The reply at a stage; null when its lists hold a restriction that is no more.</summary>
    public async Task<string?> AskAsync(string stage)
    {
        _inForce[stage] = (Lists.GetValueOrDefault(stage, ""), [.. Bench.Services.Zone.BrokenTypes]);
        Bench.Client = Bench.Client with { IsInMyNetworks = IsInNetworks(Bench.Client.Address) };
        Bench.Tls = Fingerprint is null ? null : new Tls { Version = "TLSv1.3", Cipher = "x", Certificate = new ClientCertificate("", "", Fingerprint, Fingerprint, IsVerified: false) };
        var files = Files(stage);
        if (files is null) return null;
        var loaded = PolicyLoader.Load(new PolicySource(files), new PolicyLoadOptions
        {
            Restrictions = Bench.Restrictions,
            Sets = new HashSet<string> { "smtp" },
            DelayReject = DelayReject,
            RejectUnlistedRecipient = false,
            Services = new PolicyServices { Tables = Bench.Services, Dns = Bench.Services.Zone, Time = TimeProvider.System, Logger = NullLogger.Instance },
        });
        Assert.Empty(loaded.Errors);
        await using var policies = loaded.Policies!;
        await using var session = policies.Start("smtp", null);
        return await PlayAsync(session, stage) is { } refusal ? string.Create(CultureInfo.InvariantCulture, $"{refusal.Code} {refusal.Status} {refusal.Text}") : "OK";
    }

    /// <summary>What came before is answered again, with the list and the DNS of then; only the last answer counts.</summary>
    private async Task<Refusal?> PlayAsync(SessionPolicy session, string stage)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var last = Array.IndexOf(Stages, stage);
        var context = Bench.RecipientContext();
        Refusal? refusal = null;
        foreach (var at in Stages.Take(last + 1).Where(_inForce.ContainsKey))
        {
            Bench.Services.Zone.BrokenTypes.Clear();
            Bench.Services.Zone.BrokenTypes.UnionWith(_inForce[at].BrokenTypes);
            refusal = (at switch
            {
                "client" => await session.ClientAsync(new ClientContext(context.Session), cancellation),
                "helo" => await session.HeloAsync(new HeloContext(context.Session), cancellation),
                "sender" => await session.SenderAsync(new SenderContext(context.Session, context.Transaction), cancellation),
                _ => await session.RecipientAsync(context, cancellation),
            }).Refusal;
        }
        return refusal;
    }

    private Dictionary<string, string>? Files(string last)
    {
        var files = new Dictionary<string, string>();
        foreach (var stage in Stages.Take(Array.IndexOf(Stages, last) + 1))
        {
            var rules = _inForce.TryGetValue(stage, out var then) ? Write(stage, then.List) : "";
            if (rules is null && stage == last) return null;
            if (rules is { Length: > 0 }) files[$"{stage}.js"] = $"import {{ warn_if_reject, restrictions as r }} from 'policymta'; export default [{rules}];";
        }
        // Postfix's tests have lists that would relay for anybody; ours say so.
        files["relay.js"] = Lists.GetValueOrDefault("relay") is { } relay
            ? $"import {{ restrictions as r }} from 'policymta'; export default [{Write("relay", relay)}];"
            : "import { permit } from 'policymta'; export default [() => permit.relay('transcript')];";
        return files;
    }

    /// <summary>A list as a policy has it; null when it holds a restriction that is no more.</summary>
    private string? Write(string stage, string list)
    {
        var words = new Queue<string>(list.Replace(',', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var rules = new List<string>();
        while (words.TryDequeue(out var word))
        {
            var name = OldNames.GetValueOrDefault(word, word);
            if (word.Contains(':', StringComparison.Ordinal)) rules.Add($"r.check_{stage}_access({JsonSerializer.Serialize(word)})");
            else if (!Bench.Restrictions.ContainsKey(name)) return null;
            else if (TakesArgument(name)) rules.Add($"r.{name}({JsonSerializer.Serialize(words.Dequeue())})");
            else rules.Add($"r.{name}()");
        }
        return string.Join(", ", rules);
    }

    private static bool TakesArgument(string name) =>
        (name.StartsWith("check_", StringComparison.Ordinal) && name.EndsWith("_access", StringComparison.Ordinal))
        || name.StartsWith("reject_rbl_", StringComparison.Ordinal) || name.StartsWith("reject_rhsbl_", StringComparison.Ordinal)
        || name.StartsWith("permit_dnswl_", StringComparison.Ordinal) || name.StartsWith("permit_rhswl_", StringComparison.Ordinal);

    private bool IsInNetworks(IPAddress address) =>
        Networks.Split(',').Any(network => IPNetwork.TryParse(network, out var parsed) && parsed.Contains(address));
}
