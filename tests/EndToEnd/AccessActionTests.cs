using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>What stands on the right-hand side of access tables, beside a real Postfix: the same table, the same sessions, the same replies.</summary>
public sealed class AccessActionTests : IAsyncLifetime
{
    private const string Footer = @"\c [$client_address as $helo_name${client_port?!}]";
    private const string Strict = "inline:{ { free.test = 554 5.7.8 from a class } }";
    private const string Last = "inline:{ { x@no.test = reject } { test = OK } }";

    private static readonly string[] Actions =
    [
        "OK", "ok with text", "RELAY", "1234567890", "DUNNO", "dunno text", "REJECT", "reject No thanks", "REJECT 5.7.9 No thanks", "REJECT 4.1.8 Odd", "REJECT 5.1.1", "REJECT 5.2.1 Two  spaces",
        "DEFER", "DEFER Later", "DEFER 4.2.1 Later", "DEFER_IF_PERMIT", "DEFER_IF_PERMIT 4.1.7 Perhaps", "DEFER_IF_REJECT Softly", "450 Busy", "451 4.3.2 Busy", "521 5.1.2 Go away", "550 5.1.3 Odd", "554 Text: with a colon",
        "499 4.0.0 x", "599 x", "600 x", "421 Closing", "INFO note", "WARN note", "HOLD held", "DISCARD gone", "BCC ann@example.test", "REDIRECT ann@example.test", "FILTER smtp:[127.0.0.1]:1", "PREPEND X-Test: yes", "NONSENSE",
        "permit", "reject_unauth_destination", "permit_mynetworks, reject", "reject_non_fqdn_helo_hostname", "warn_if_reject reject_invalid_helo_hostname reject", "strict", "strict, reject", "check_sender_access",
        "check_recipient_access inline:{ { test = 550 5.1.6 nested } }", "check_client_access inline:{ { 127.0.0.1 = DEFER_IF_PERMIT nested } }, permit", "warn_if_reject",
    ];

    private RunningServer _server = null!;
    private PostfixInstance _postfix = null!;

    public async ValueTask InitializeAsync()
    {
        UnpackedPeers.Require("postfix");
        _server = await RunningServer.StartAsync();
        var table = Path.Combine(_server.Root, "actions");
        await File.WriteAllLinesAsync(table, Actions.SelectMany((action, i) => (string[])[$"s{i}@from.test {action}", $"d{i}.test {action}", $"h{i}.helo.test {action}"]));
        _postfix = await PostfixInstance.StartAsync(1, "x", "x", $"""
            access_map_reject_code = 553
            access_map_defer_code = 452
            smtpd_reject_footer = {Footer}
            smtpd_reject_unlisted_recipient = no
            smtpd_relay_restrictions = permit
            smtpd_restriction_classes = strict
            strict = permit_sasl_authenticated, warn_if_reject reject, check_helo_access {Strict}
            smtpd_helo_restrictions = check_helo_access texthash:{table}
            smtpd_recipient_restrictions = check_sender_access texthash:{table}, check_recipient_access texthash:{table}, check_recipient_access {Last}, reject
            """);
        await PrepareAsync();
        await _postfix.UntilItAnswersAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_postfix is not null) await _postfix.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact]
    public async Task Replies_are_those_of_Postfix()
    {
        var (ours, theirs) = (await AskAllAsync(_server.Smtp), await AskAllAsync(_postfix.Port));
        Assert.Equal(string.Join('\n', theirs), string.Join('\n', ours));
        // Else nothing was compared.
        Assert.InRange(ours.Count(reply => !reply.EndsWith(" 250", StringComparison.Ordinal)), 60, 190);
    }

    private static async Task<List<string>> AskAllAsync(int port)
    {
        var replies = new List<string>();
        for (var i = 0; i < Actions.Length; i++)
        {
            replies.Add($"helo {Actions[i]}: {await AskAsync(port, $"h{i}.helo.test", "joe@free.test", "x@free.test")}");
            replies.Add($"sender {Actions[i]}: {await AskAsync(port, "free.test", $"s{i}@from.test", "x@free.test")}");
            replies.Add($"recipient {Actions[i]}: {await AskAsync(port, "free.test", "joe@free.test", $"x@d{i}.test")}");
            replies.Add($"before a refusal {Actions[i]}: {await AskAsync(port, "free.test", $"s{i}@from.test", "x@no.test")}");
        }
        return replies;
    }

    /// <summary>What RCPT is answered; of what is taken the code alone.</summary>
    private static async Task<string> AskAsync(int port, string helo, string sender, string recipient)
    {
        await using var connection = await SmtpConnection.OpenAsync(port);
        await connection.ExpectAsync($"EHLO {helo}", "250");
        await connection.ExpectAsync($"MAIL FROM:<{sender}>", "250");
        var reply = await connection.AskAsync($"RCPT TO:<{recipient}>");
        return reply.StartsWith("250", StringComparison.Ordinal) ? "250" : reply;
    }

    private async Task PrepareAsync()
    {
        var policies = Path.Combine(_server.Root, "policies");
        const string Import = "import { permit, restrictions as r } from 'policymta';\n";
        Directory.CreateDirectory(Path.Combine(policies, "classes"));
        await File.WriteAllTextAsync(Path.Combine(policies, "classes", "strict.js"), "import { warn_if_reject, restrictions as r } from 'policymta';\nexport default [r.permit_sasl_authenticated(), warn_if_reject(r.reject()), r.check_helo_access('" + Strict + "')];\n");
        await File.WriteAllTextAsync(Path.Combine(policies, "client.js"), "export default [];\n");
        await File.WriteAllTextAsync(Path.Combine(policies, "helo.js"), Import + "export default [r.check_helo_access('texthash:actions')];\n");
        await File.WriteAllTextAsync(Path.Combine(policies, "sender.js"), "export default [];\n");
        await File.WriteAllTextAsync(Path.Combine(policies, "relay.js"), Import + "export default [() => permit.relay('test')];\n");
        // Sender and recipient in one list: our defer_if_reject reaches the lists that follow, Postfix's ends with its own.
        await File.WriteAllTextAsync(Path.Combine(policies, "recipient.js"), Import + "export default [r.check_sender_access('texthash:actions'), r.check_recipient_access('texthash:actions'), r.check_recipient_access('" + Last + "'), r.reject()];\n");
        await _server.ReconfigureAsync("smtpd_reject_unlisted_sender = true", "smtpd_reject_unlisted_sender = false\nsmtpd_reject_unlisted_recipient = false\naccess_map_reject_code = 553\naccess_map_defer_code = 452\nsmtpd_reject_footer = '" + Footer + "'");
    }
}
