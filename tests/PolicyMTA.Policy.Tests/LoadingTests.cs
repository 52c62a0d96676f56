using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class LoadingTests
{
    [Theory]
    [InlineData("reject_unknown_client", "reject_unknown_client_hostname")]
    [InlineData("check_relay_domains", "reject_unauth_destination")]
    public void Restriction_that_Postfix_has_removed_names_its_successor(string name, string successor)
    {
        var errors = new Bench().Stage("client", $"export default [r.{name}()];").Load().Errors.Select(e => e.ToString());
        Assert.Contains(errors, e => e.EndsWith($"there is no restriction '{name}' any more; write '{successor}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_mistakes_are_reported_at_once_with_their_places()
    {
        await using var bench = new Bench();
        bench.File("client.js", "import { restrictions as r } from 'policymta';\nexport default [\n  r.reject_unknwon(),\n  r.permitt(),\n  5,\n];\n");
        bench.File("helo.js", "export default [ ;");
        bench.File("sender.js", "import { rejekt } from 'policymta';\nimport x from './lib/none.js';\nexport default [];");
        bench.File("recipient.js", "import { b } from './lib/a.js';\nexport default [];");
        bench.File("lib/a.js", "export const a = 1;");
        bench.File("data.js", "await 1;\nexport default [];");
        bench.File("end_of_data.js", "null.x;\nexport default [];");

        var errors = bench.Load().Errors.Select(e => e.ToString()).ToList();

        Assert.Null(bench.Load().Policies);
        Assert.Contains("policies/client.js:3:3: there is no restriction 'reject_unknwon'", errors);
        Assert.Contains("policies/client.js:4:3: there is no restriction 'permitt'; did you mean 'permit'?", errors);
        Assert.Contains(errors, e => e.StartsWith("policies/client.js:5:3: rule 3", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.StartsWith("policies/helo.js:1:18: ", StringComparison.Ordinal));
        Assert.Contains("policies/sender.js:1:10: 'policymta' exports no 'rejekt'; did you mean 'reject'?", errors);
        Assert.Contains("policies/sender.js:2:15: there is no file 'lib/none.js'", errors);
        Assert.Contains("policies/recipient.js:1:10: 'lib/a.js' exports no 'b'; did you mean 'a'?", errors);
        Assert.Contains(errors, e => e.StartsWith("policies/data.js:1:1: await", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.StartsWith("policies/end_of_data.js:1:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_no_listener_uses_and_a_file_of_no_stage_are_errors()
    {
        await using var bench = new Bench();
        bench.Sets.Add("submission");
        bench.File("submision/client.js", "export default [];").File("recipients.js", "export default [];").File("submission/route.js", "export default [];");

        var errors = bench.Load().Errors.Select(e => e.ToString()).ToList();

        Assert.Contains("policies/submision/client.js: no listener uses the set 'submision'; did you mean 'submission'?", errors);
        Assert.Contains("policies/recipients.js: 'recipients' is no stage; did you mean 'recipient'?", errors);
        Assert.Contains("policies/submission/route.js: delivery knows no listener: this file stands beside the folders of the sets, not in one", errors);
    }

    [Fact]
    public async Task A_restriction_in_a_stage_that_lacks_its_data_is_an_error()
    {
        await using var bench = new Bench();
        bench.File("data.js", "import { restrictions as r } from 'policymta';\nexport default [r.reject_unauth_destination()];");

        var error = Assert.Single(bench.Load().Errors);

        Assert.Equal(("policies/data.js", 2, 17), (error.File, error.Line, error.Column));
        Assert.Contains("data stage", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task What_the_client_list_may_hold_depends_on_delayed_rejection(bool delayReject, int errors)
    {
        await using var bench = new Bench { DelayReject = delayReject };
        bench.Stage("client", "export default [r.permit_sasl_authenticated(), r.reject_unauth_destination()];");

        Assert.Equal(errors, bench.Load().Errors.Count);
    }

    [Fact]
    public async Task A_rule_after_an_unconditional_one_is_a_warning()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [r.reject(), r.permit_mynetworks()];");

        var warning = Assert.Single(bench.Load().Warnings);
        Assert.Contains("never reached", warning.Message, StringComparison.Ordinal);
        Assert.NotNull(bench.Load().Policies);
    }

    [Fact]
    public async Task A_plugins_refusal_of_its_arguments_is_an_error_at_the_call()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("reject_rbl_client", a =>
        {
            a.Text(0, "the zone");
            return new FakeRestriction<ClientContext>((_, _) => new ValueTask<Verdict>(Verdict.Dunno));
        });
        bench.File("client.js", "import { restrictions as r } from 'policymta';\nexport default [\n  r.reject_rbl_client('bl.test'),\n  r.reject_rbl_client(),\n];");

        Assert.Equal("policies/client.js:4:3: reject_rbl_client: the zone is missing", Assert.Single(bench.Load().Errors).ToString());
    }

    [Fact]
    public async Task Arguments_reach_the_plugin_as_plain_values()
    {
        RestrictionArguments? seen = null;
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("check_x", a =>
        {
            seen = a;
            return new FakeRestriction<ClientContext>((_, _) => new ValueTask<Verdict>(Verdict.Dunno));
        });
        bench.Stage("client", "export default [r.check_x('a', 2, true, ['b', 3], { timeout: '5s', list: [1] })];");

        Assert.Empty(bench.Load().Errors);

        Assert.Equal(["a", 2.0, true], seen!.Positional.Take(3));
        Assert.Equal(["b", 3.0], (List<object?>)seen.Positional[3]!);
        Assert.Equal("5s", seen.Options["timeout"]);
    }

    [Fact]
    public async Task A_table_named_in_a_function_must_exist()
    {
        await using var bench = new Bench();
        bench.File("client.js", "export default async ({ lookup }) => {\n  await lookup('sqlite:none', 'x');\n};");

        Assert.Equal("policies/client.js:2:16: there is no table 'sqlite:none'", Assert.Single(bench.Load().Errors).ToString());
    }

    [Fact]
    public async Task In_relay_a_rule_may_not_fall_back_to_dunno()
    {
        await using var bench = new Bench();
        bench.Stage("relay", "export default [rule(() => dunno(), { fallback: 'dunno' })];");

        Assert.Contains("fallback", Assert.Single(bench.Load().Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_module_is_an_error_not_a_hang()
    {
        await using var bench = new Bench();
        bench.File("client.js", "for (;;) {}\nexport default [];");

        Assert.Contains("too", Assert.Single(bench.Load().Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_override_replaces_the_list_of_its_listener_and_may_spread_the_one_it_overrides()
    {
        await using var bench = new Bench();
        bench.Sets.Add("submission");
        bench.Stage("client", "export default [r.permit_sasl_authenticated()];");
        bench.File("submission/client.js", Bench.Import + "import base from '../client.js'; export default [...base, r.reject()];");
        await using var submission = bench.Start(set: "submission");

        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Equal(554, (await submission.RecipientAsync(bench.Recipient(), TestContext.Current.CancellationToken)).Refusal!.Code);
    }

    [Fact]
    public void The_hash_follows_the_texts()
    {
        string Hash(string text) => new PolicySource(new Dictionary<string, string> { ["client.js"] = text }).Hash;

        Assert.Equal(Hash("a"), Hash("a"));
        Assert.NotEqual(Hash("a"), Hash("b"));
    }

    [Fact]
    public void A_missing_folder_is_an_error_of_the_load()
    {
        var source = PolicySource.Read(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));

        Assert.Contains("can't read", Assert.Single(source.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tests_of_policies_are_not_part_of_them()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "client.js"), "export default [];");
            File.WriteAllText(Path.Combine(folder.FullName, "client.test.js"), "nonsense");
            Directory.CreateDirectory(Path.Combine(folder.FullName, "lib"));
            File.WriteAllText(Path.Combine(folder.FullName, "lib", "x.js"), "");

            Assert.Equal(["client.js", "lib/x.js"], PolicySource.Read(folder.FullName).Files.Keys);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Disposing_policies_disposes_their_restrictions()
    {
        FakeRestriction<ClientContext>? made = null;
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("check_x", _ => made = new FakeRestriction<ClientContext>((_, _) => new ValueTask<Verdict>(Verdict.Dunno)));
        bench.Stage("client", "export default [r.check_x()];");

        await bench.Load().Policies!.DisposeAsync();

        Assert.True(made!.IsDisposed);
    }

    [Fact]
    public Task Warming_up_does_not_throw() => JintWarmup.RunAsync();
}
