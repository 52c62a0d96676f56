using System.Text;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Who may send as whom, beside a real Postfix: the same table, the same Dovecot, the same sessions, the same replies.</summary>
public sealed class SenderLoginTests : IAsyncLifetime
{
    private const string Owners = """
        alice@example.test Alice@Example.Test
        sales@example.test alice@example.test, bob@example.test
        bob@owned.test alice@example.test
        @owned.test bob@example.test
        root alice@example.test
        """;

    private static readonly string?[] Logins = [null, "alice@example.test", "BOB@example.test"];

    private static readonly string[] Senders =
    [
        "", "alice@example.test", "ALICE@Example.Test", "alice+news@example.test", "alice", "sales@example.test", "bob@owned.test", "x@owned.test",
        "root@localhost.localdomain", "root+x@localhost.localdomain", "root@elsewhere.test", "joe@elsewhere.test", "joe@localhost.localdomain",
    ];

    private static readonly string[] Restrictions =
        ["reject_sender_login_mismatch", "reject_known_sender_login_mismatch", "reject_authenticated_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch"];

    private DovecotAuth _dovecot = null!;
    private RunningServer _server = null!;
    private PostfixInstance _postfix = null!;

    public async ValueTask InitializeAsync()
    {
        _dovecot = await DovecotAuth.StartAsync();
        _server = await RunningServer.StartAsync();
        var owners = Path.Combine(_server.Root, "owners");
        await File.WriteAllTextAsync(owners, Owners + "\n");
        // The restriction is chosen by the recipient's domain.
        _postfix = await PostfixInstance.StartAsync(1, "x", "x", $$"""
            mydestination = localhost.localdomain
            myorigin = example.test
            recipient_delimiter = +
            smtpd_sasl_auth_enable = yes
            smtpd_sasl_type = dovecot
            smtpd_sasl_path = {{_dovecot.Socket}}
            smtpd_sender_login_maps = inline:{ {{string.Join(' ', Owners.Split('\n').Select(InlineForm))}} }
            smtpd_relay_restrictions = permit
            smtpd_recipient_restrictions = check_recipient_access inline:{ {{string.Join(' ', Restrictions.Select(r => $"{{ {r}.test = {r}, permit }}"))}} }, reject
            """);
        await PrepareAsync();
        await _postfix.UntilItAnswersAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_postfix is not null) await _postfix.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        if (_dovecot is not null) await _dovecot.DisposeAsync();
    }

    [Fact]
    public async Task Replies_are_those_of_Postfix()
    {
        var refused = 0;
        foreach (var restriction in Restrictions)
        {
            await File.WriteAllTextAsync(Path.Combine(_server.Root, "policies", "recipient.js"), $"import {{ restrictions as r }} from 'policymta';\nexport default [r.{restriction}()];\n");
            var reload = await _server.PolicymtaAsync("reload");
            Assert.True(reload.ExitCode == 0, reload.Errors);
            foreach (var login in Logins)
            {
                var ours = await AskAsync(_server.Smtp, login, "alice@example.test");
                var theirs = await AskAsync(_postfix.Port, login, $"x@{restriction}.test");
                Assert.Equal(theirs, ours);
                refused += ours.Count(reply => reply.Contains(" 553 ", StringComparison.Ordinal));
            }
        }
        // Else nothing was compared.
        Assert.InRange(refused, 40, Restrictions.Length * Logins.Length * Senders.Length);
    }

    /// <summary>For each sender what RCPT is answered; of what is taken the code alone.</summary>
    private async Task<List<string>> AskAsync(int port, string? login, string recipient)
    {
        await using var connection = await SmtpConnection.OpenAsync(port);
        await connection.ExpectAsync("EHLO client.test", "250");
        if (login is not null) await connection.ExpectAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{login}\0pencil")), "235");
        var replies = new List<string>();
        foreach (var sender in Senders)
        {
            await connection.ExpectAsync($"MAIL FROM:<{sender}>", "250");
            var reply = await connection.AskAsync($"RCPT TO:<{recipient}>");
            replies.Add($"<{sender}> {(reply.StartsWith("250", StringComparison.Ordinal) ? "250" : reply)}");
            await connection.ExpectAsync("RSET", "250");
        }
        return replies;
    }

    private static string InlineForm(string line) => line.Split(' ', 2) is [var key, var value] ? $"{{ {key} = {value.TrimEnd()} }}" : "";

    private async Task PrepareAsync()
    {
        foreach (var list in new[] { "client", "helo", "sender", "relay" }) await File.WriteAllTextAsync(Path.Combine(_server.Root, "policies", list + ".js"), "export default [];\n");
        var file = Path.Combine(_server.Root, "policymta.toml");
        var text = (await File.ReadAllTextAsync(file))
            .Replace("smtpd_tls_auth_only = true", $"""
                smtpd_tls_auth_only = false
                smtpd_sasl_type = "dovecot"
                smtpd_sasl_path = "{_dovecot.Socket}"
                recipient_delimiter = "+"
                smtpd_sender_login_maps = "texthash:owners"
                """, StringComparison.Ordinal)
            .Replace("smtpd_reject_unlisted_sender = true", "smtpd_reject_unlisted_sender = false", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text);
    }
}
