using System.Text;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Testing;

/// <summary>Writes the tests that pin what the imported configuration did: no relay for strangers, logins under TLS only, entries of its tables.</summary>
internal sealed class PolicyTests(SourceValues main, TableReferences tables, IReadOnlyList<Listener> listeners, IReadOnlyDictionary<string, PolicyList> lists)
{
    private const int MostSamples = 5;
    private readonly StringBuilder _text = new();
    private readonly OurAddresses _ours = new(main, tables);

    public string Write()
    {
        var address = WordsOf.List(main.Text("mynetworks")).Exists(network => network.StartsWith("192.0.2.", StringComparison.Ordinal)) ? "203.0.113.99" : "192.0.2.99";
        _text.Append($$"""
            // What the imported configuration did. A change of policies that breaks one of these changes what Postfix would have done.
            import { test, assert } from 'policymta/test';

            const stranger = { ip: '{{address}}', name: 'mx.stranger.example', helo: 'mx.stranger.example', from: 'joe@stranger.example' };

            /** A sender whose domain and names are in order. */
            function strangerExists(dns) {
              dns.mx('stranger.example', '10 mx.stranger.example');
              dns.a('mx.stranger.example', '{{address}}');
              dns.a('stranger.example', '{{address}}');
            }

            """);
        foreach (var listener in listeners) AboutListener(listener);
        if (listeners.FirstOrDefault(TakesStrangers) is { } open) AboutMail(open);
        return _text.ToString();
    }

    private void AboutListener(Listener listener)
    {
        if (!IsTrusting(listener))
        {
            Test($"nobody relays through {listener.Name}", "send, dns", $$"""
                  strangerExists(dns);
                  assert(!(await send({ {{Through(listener)}}, ...stranger, to: 'someone@elsewhere.example' })).reply.accepted, 'a stranger may relay');
                """);
        }
        if (TrustsItsNetworks(listener) && FirstTrusted(listener) is { } trusted)
        {
            Test($"mynetworks relay through {listener.Name}", "send, dns", $$"""
                  strangerExists(dns);
                  assert.accepted(await send({ {{Through(listener)}}, ...stranger, ip: {{JavaScript.Quote(trusted)}}, to: 'someone@elsewhere.example' }));
                """);
        }
        if (listener.Values.Truth("smtpd_sasl_auth_enable") && listener.Values.Truth("smtpd_tls_auth_only") && !listener.IsImplicitTls)
        {
            Test($"{listener.Name} offers no login without TLS", "smtp", $$"""
                  const session = await smtp({ listener: {{JavaScript.Quote(listener.Name)}}, ip: stranger.ip, name: stranger.name, helo: null });
                  const hello = await session.ehlo(stranger.helo);
                  assert(!hello.lines.some((line) => /\bAUTH\b/.test(line)), 'a login is offered without TLS');
                """);
        }
        if (ListOf(listener, "client") is { Rules: ["r.permit_sasl_authenticated()", "r.reject()"] } && AnyRecipient() is { } recipient)
        {
            Test($"{listener.Name} takes nobody without a login", recipient.Fakes.Length > 0 ? "send, dns, tables" : "send, dns", $$"""
                  strangerExists(dns);
                {{recipient.Fakes}}  assert(!(await send({ {{Through(listener)}}, ...stranger, to: {{JavaScript.Quote(recipient.Address)}} })).reply.accepted, 'mail is taken without a login');
                """);
        }
    }

    private void AboutMail(Listener open)
    {
        if (_ours.InDatabases() is not null && AnyRecipient() is { } faked)
        {
            Test($"mail for mailboxes is taken, for others it is not", "send, dns, tables", $$"""
                  strangerExists(dns);
                {{faked.Fakes}}  assert.accepted(await send({ {{Through(open)}}, ...stranger, to: {{JavaScript.Quote(faked.Address)}} }));
                {{Unlisted(open, "import.example")}}
                """);
        }
        foreach (var mailbox in _ours.Mailboxes().Where(address => !IsRefused(address)).Take(MostSamples))
        {
            var domain = mailbox.Split('@')[1];
            Test($"mail for {mailbox} is taken", "send, dns", $$"""
                  strangerExists(dns);
                  assert.accepted(await send({ {{Through(open)}}, ...stranger, to: {{JavaScript.Quote(mailbox)}} }));
                {{(_ours.TakesAll(domain) ? "" : Unlisted(open, domain))}}
                """);
        }
        foreach (var (alias, targets) in _ours.Aliases().Where(alias => !IsRefused(alias.Alias)).Take(MostSamples))
        {
            Test($"{alias} is {string.Join(" and ", targets)}", "send, dns", $$"""
                  strangerExists(dns);
                  const sent = await send({ {{Through(open)}}, ...stranger, to: {{JavaScript.Quote(alias)}} });
                  assert.accepted(sent);
                  assert.equal(sent.queued[0].recipients.map((r) => r.address.toLowerCase()).sort().join(), {{JavaScript.Quote(string.Join(",", targets.Select(t => t.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)))}});
                """);
        }
        foreach (var (mail, entry) in ((string[])["client", "helo", "sender", "recipient"]).Select(stage => ListOf(open, stage)).OfType<PolicyList>().SelectMany(list => AccessSamples.Of(list, tables)))
        {
            var to = AnyRecipient() is { Fakes: "" } recipient ? recipient.Address : "postmaster@" + (_ours.Known.FirstOrDefault() ?? "localhost");
            Test($"refused: {entry}", "send, dns", $$"""
                  strangerExists(dns);
                  assert(!(await send({ {{Through(open)}}, ...stranger, to: {{JavaScript.Quote(to)}}, {{mail}} })).reply.accepted, 'it was taken');
                """);
        }
    }

    private string Unlisted(Listener open, string domain) =>
        main.Text("smtpd_reject_unlisted_recipient") == "no" ? "" : $"  assert(!(await send({{ {Through(open)}, ...stranger, to: 'nobody-has-this-name@{domain}' }})).reply.accepted, 'mail for nobody is taken');";

    private (string Address, string Fakes)? AnyRecipient()
    {
        if (_ours.InDatabases() is { } databases)
        {
            return ("alice@import.example", $"  tables.set({JavaScript.Quote(databases.Domains)}, {{ 'import.example': 'import.example' }});\n  tables.set({JavaScript.Quote(databases.Mailboxes)}, {{ 'alice@import.example': 'alice/' }});\n");
        }
        var address = _ours.Mailboxes().Concat(_ours.Aliases().Select(alias => alias.Alias)).FirstOrDefault();
        return address is null ? null : (address, "");
    }

    private bool IsRefused(string address) => lists.Values.SelectMany(list => AccessSamples.Of(list, tables)).Any(sample => sample.Mail.Contains(JavaScript.Quote(address), StringComparison.Ordinal));

    // Not those for people with a login, and not those that a filter or this machine alone uses.
    private bool TakesStrangers(Listener listener) => !listener.IsImplicitTls && !((string[])["client", "helo", "sender", "recipient"]).Any(stage => ListOf(listener, stage)?.Rules.Contains("r.reject()") == true);

    // Nothing stands before the permission that could refuse.
    private bool TrustsItsNetworks(Listener listener) =>
        ListOf(listener, "relay")?.Rules.FirstOrDefault() == "r.permit_mynetworks()"
        && ((string[])["client", "helo", "sender", "recipient", "data", "end_of_data"]).All(stage => ListOf(listener, stage) is not { Rules: [var first, ..] } || first is "r.permit_mynetworks()" or Postscreen.Rule)
        && !main.Truth("smtpd_reject_unlisted_sender") && main.Text("smtpd_sender_login_maps").Length == 0 && Listeners.Level(listener.Values) != "encrypt";

    // An address of the first IPv4 network that is not this machine.
    private static string? FirstTrusted(Listener listener) =>
        WordsOf.List(listener.Values.Text("mynetworks")).Select(network => network.Split('/')[0]).FirstOrDefault(address => System.Net.IPAddress.TryParse(address, out var ip) && address.Split('.').Length == 4 && !System.Net.IPAddress.IsLoopback(ip)) is not { } address ? null
            : address.EndsWith(".0", StringComparison.Ordinal) ? address[..^1] + "1" : address;

    private static bool IsTrusting(Listener listener) => listener.Values.Text("mynetworks").Contains("0.0.0.0/0", StringComparison.Ordinal);

    private PolicyList? ListOf(Listener listener, string stage) => listener.Lists.GetValueOrDefault(stage) ?? lists.GetValueOrDefault(stage);

    private static string Through(Listener listener) =>
        $"listener: {JavaScript.Quote(listener.Name)}{(listener.IsImplicitTls || Listeners.Level(listener.Values) == "encrypt" ? ", tls: true" : "")}";

    private void Test(string name, string needs, string body)
    {
        _text.Append($"\ntest({JavaScript.Quote(name)}, async ({{ {needs} }}) => {{\n");
        foreach (var line in body.Split('\n').Where(line => line.Trim().Length > 0)) _text.Append(line).Append('\n');
        _text.Append("});\n");
    }
}
