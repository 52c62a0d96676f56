namespace PolicyMTA.Policy.Tests;

/// <summary>A member that no context has is told at load, with its place; whatever might be something else is not.</summary>
public sealed class MemberTests
{
    [Theory]
    [InlineData("recipient", "export default ({ recipint }) => recipint;", "1:19: the context of recipient.js has no 'recipint'; did you mean 'recipient'?")]
    [InlineData("recipient", "export default [(ctx) => ctx.recipient.adress];", "1:40: it has no 'adress'; did you mean 'address'?")]
    [InlineData("recipient", "export default [function one({ recipient: r }) { return r.local && r.domian; }];", "1:70: it has no 'domian'; did you mean 'domain'?")]
    [InlineData("recipient", "export default [({ recipient: { adress } }) => adress];", "1:33: it has no 'adress'; did you mean 'address'?")]
    [InlineData("recipient", "function one(c) {\n  if (c.sender?.domainn) return;\n}\nexport default [one];", "2:17: it has no 'domainn'; did you mean 'domain'?")]
    [InlineData("recipient", "const one = async (c) => { const { sender } = c; return c.greylst(sender.address); };\nexport default [one];", "1:59: the context of recipient.js has no 'greylst'; did you mean 'greylist'?")]
    [InlineData("recipient", "export default (c) => { const { recipient: { adress } } = c; return adress; };", "1:46: it has no 'adress'; did you mean 'address'?")]
    [InlineData("recipient", "import { rule } from 'policymta';\nexport default [rule(({ tls }) => tls.client_certificate.subject, { name: 'x' })];", "2:39: it has no 'client_certificate'")]
    [InlineData("recipient", "export default [async ({ dns }) => { await dns.mxx('x'); }];", "1:48: it has no 'mxx'; did you mean 'mx'?")]
    [InlineData("end_of_data", "import { per_recipient } from 'policymta';\nexport default [per_recipient(({ message }) => message.heders)];", "2:56: it has no 'heders'; did you mean 'headers'?")]
    [InlineData("route", "export default ({ recipient, attempt_numbr }) => attempt_numbr;", "1:30: the context of route.js has no 'attempt_numbr'; did you mean 'attempt_number'?")]
    [InlineData("result", "export default ({ result }) => result.cod;", "1:39: it has no 'cod'; did you mean 'code'?")]
    [InlineData("auth", "export default ({ attempt }) => attempt.password;", "1:41: it has no 'password'")]
    public async Task Misspelt_member_is_an_error(string stage, string text, string expected)
    {
        await using var bench = new Bench();
        bench.File($"{stage}.js", text);
        Assert.Equal([$"policies/{stage}.js:{expected}"], bench.Load().Errors.Select(e => e.ToString()));
    }

    [Fact]
    public async Task Member_of_another_stage_is_a_warning()
    {
        await using var bench = new Bench();
        bench.File("recipient.js", "export default ({ message }) => message && undefined;");
        var loaded = bench.Load();
        Assert.Empty(loaded.Errors);
        Assert.Equal("policies/recipient.js:1:19: the context of recipient.js has no 'message': it is undefined there", Assert.Single(loaded.Warnings).ToString());
    }

    [Theory]
    [InlineData("export default ({ recipient, nothing = 1 }) => undefined;")]
    [InlineData("export default (c) => { c = { other: 1 }; c.other; };")]
    [InlineData("export default (c) => { const f = (c) => c.other; f({}); };")]
    [InlineData("export default ({ recipient }) => { { const recipient = { other: 1 }; recipient.other; } };")]
    [InlineData("export default (c) => { c['oth' + 'er']; c.recipient['other']; };")]
    [InlineData("export default (c) => { for (const sender of [{ other: 1 }]) sender.other; c.session.vars.other = 1; };")]
    [InlineData("export default ({ sender }) => { try { } catch (sender) { sender.message; } };")]
    [InlineData("export default (c) => { c.recipient.toString(); c.hasOwnProperty('x'); };")]
    [InlineData("export default ({ ...rest }) => { rest.other; };")]
    [InlineData("export default ({ results }) => { results.spf?.properties.other; };")]
    [InlineData("const other = { recipient: { other: 1 } };\nexport default () => { other.recipient.other; };")]
    [InlineData("export default (c, d) => { d; };")]
    public async Task What_may_be_something_else_is_left_alone(string text)
    {
        await using var bench = new Bench();
        bench.File("recipient.js", text);
        var loaded = bench.Load();
        Assert.Empty(loaded.Errors);
        Assert.Empty(loaded.Warnings);
    }
}
