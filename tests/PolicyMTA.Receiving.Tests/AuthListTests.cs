namespace PolicyMTA.Receiving.Tests;

/// <summary>The lists auth and vrfy.</summary>
public sealed class AuthListTests
{
    [Fact]
    public async Task Auth_list_has_its_say_before_a_login_and_after_it()
    {
        await using var accounts = new Accounts();
        await using var server = await ReceivingServer.StartAsync(
            service => service with { AuthOnlyUnderTls = false, AuthFailureDelay = TimeSpan.Zero },
            policies: new()
            {
                ["auth.js"] = """
                    import { reject, defer, disconnect } from 'policymta';
                    export default [async ({ attempt, sasl, session, helo, counter }) => {
                      if (attempt.result === null && attempt.mechanism === 'LOGIN') return reject('not that way', { code: 535, status: '5.7.8' });
                      if (attempt.result === 'success' && attempt.user === 'bob@example.test') return defer('not today');
                      if (attempt.result === 'failure') { session.vars.failed = (session.vars.failed ?? 0) + 1; if (session.vars.failed > 1) return disconnect(`${attempt.user} is locked`); }
                      if (sasl) return reject('the user is not logged in yet');
                    }];
                    """,
            },
            generation: g => g with { Authenticator = accounts.Authenticator });
        await server.PlayAsync("""
            S: 220 *
            C: EHLO mail.good.test
            S: ...
            C: AUTH LOGIN
            S: 535 5.7.8 <>: SASL login name rejected: not that way
            C: AUTH PLAIN {bob}
            S: 450 4.7.1 <bob@example.test>: SASL login name rejected: not today
            C: AUTH PLAIN {alice}
            S: 235 2.7.0 Authentication successful
            """.Replace("{bob}", Accounts.Base64("\\0bob@example.test\\0bob-pw"), StringComparison.Ordinal).Replace("{alice}", Accounts.Base64("\\0alice@example.test\\0alice-pw"), StringComparison.Ordinal), "smtp");
        await server.PlayAsync("""
            S: 220 *
            C: EHLO mail.good.test
            S: ...
            C: AUTH PLAIN {wrong}
            S: 535 5.7.8 *
            C: AUTH PLAIN {wrong}
            S: 421 4.7.1 <alice@example.test>: SASL login name rejected: alice@example.test is locked
            EOF
            """.Replace("{wrong}", Accounts.Base64("\\0alice@example.test\\0wrong"), StringComparison.Ordinal), "smtp");
    }

    [Fact]
    public async Task Login_that_a_rule_could_not_judge_waits()
    {
        await using var accounts = new Accounts();
        await using var server = await ReceivingServer.StartAsync(
            service => service with { AuthOnlyUnderTls = false }, policies: new() { ["auth.js"] = "export default [({ attempt }) => attempt.result.nothing];" }, generation: g => g with { Authenticator = accounts.Authenticator });
        await server.PlayAsync($"S: 220 *\nC: EHLO mail.good.test\nS: ...\nC: AUTH PLAIN {Accounts.Base64("\\0alice@example.test\\0alice-pw")}\nS: 451 4.3.0 *\nC: MAIL FROM:<alice@example.test>\nS: 250 *", "smtp");
    }

    [Fact]
    public async Task Vrfy_list_says_who_may_ask()
    {
        await using var server = await ReceivingServer.StartAsync(
            service => service with { VrfyDisabled = false },
            policies: new() { ["vrfy.js"] = "import { reject, restrictions as r } from 'policymta';\nexport default [r.permit_sasl_authenticated(), ({ argument }) => argument.startsWith('alice') ? reject('ask her') : undefined];" });
        await server.PlayAsync("""
            S: 220 *
            C: EHLO mail.good.test
            S: ...
            C: VRFY alice@example.test
            S: 554 5.7.1 <alice@example.test>: Recipient address rejected: ask her
            C: VRFY bob@example.test
            S: 252 *
            """);
    }
}
