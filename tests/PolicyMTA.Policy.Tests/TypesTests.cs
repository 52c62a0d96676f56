using System.Text.RegularExpressions;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>What editors are told is what policies get.</summary>
public sealed partial class TypesTests
{
    private const string Base = "client server listener session helo tls sasl message_score deadline";
    private const string Envelope = Base + " sender mail results";

    [Theory]
    [InlineData("Context", Base)]
    [InlineData("SenderContext", Envelope)]
    [InlineData("RecipientContext", Envelope + " recipient")]
    [InlineData("DataContext", Envelope + " recipient recipients recipient_count")]
    [InlineData("EndOfDataContext", Envelope + " recipient recipients recipient_count message")]
    [InlineData("LocalSubmissionContext", Envelope + " recipient recipients recipient_count message user")]
    [InlineData("EtrnContext", Base + " argument")]
    public void A_context_is_told_with_what_it_adds_to_its_base(string name, string expected) =>
        Assert.Equal(expected.Split(' ').Concat(HostFunctions.Names).Order(StringComparer.Ordinal), NamesOf(name));

    [Fact]
    public async Task The_recipient_stage_gives_what_it_is_told_to_give()
    {
        await using var bench = new Bench().Stage("recipient", Looking("RecipientContext"));
        Assert.Null((await bench.RcptAsync()).Refusal);
    }

    [Fact]
    public async Task The_data_stage_gives_what_it_is_told_to_give()
    {
        await using var bench = new Bench().Stage("data", Looking("DataContext"));
        Assert.Null((await bench.DataAsync("a@example.test", "b@example.test")).Refusal);
    }

    [Fact]
    public async Task The_stage_of_etrn_gives_what_it_is_told_to_give()
    {
        await using var bench = new Bench().Stage("etrn", Looking("EtrnContext"));
        Assert.Null(await bench.EtrnAsync());
    }

    [Fact]
    public async Task The_end_of_data_gives_what_it_is_told_to_give_down_to_the_functions_of_its_objects()
    {
        var objects = string.Join("", new[] { ("message", "Message"), ("dns", "Dns"), ("log", "Log"), ("counter('x')", "Counter") }
            .Select(o => $"same('{o.Item2}', Object.keys(c.{o.Item1}), {List(NamesOf(o.Item2))}); "));
        await using var bench = new Bench().Stage("end_of_data", Looking("EndOfDataContext", objects));
        var refusal = (await bench.EndOfDataAsync(new FakeMessage("Subject: x\r\n\r\nhello\r\n"), "a@example.test")).Refusal;
        Assert.True(refusal is null, refusal?.Text);
    }

    [Fact]
    public async Task A_stage_that_gave_less_would_be_noticed()
    {
        await using var bench = new Bench().Stage("recipient", Looking("EndOfDataContext"));
        Assert.Equal("451 4.3.0", (await bench.RcptAsync()).Refusal is { } refusal ? $"{refusal.Code} {refusal.Status}" : "");
    }

    [Fact]
    public void Every_export_is_told_and_nothing_else() =>
        Assert.Equal(PolicyModule.Exports.Order(StringComparer.Ordinal), Exports().Matches(ModuleOf("policymta")).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Restrictions_stand_in_order_with_their_parameters()
    {
        var text = PolicyTypes.Write([new("reject_b", ""), new("check_a", "table: string")]);
        Assert.Contains("    check_a(table: string): Restriction;\n    reject_b(): Restriction;\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_type_that_is_used_is_declared()
    {
        var text = PolicyTypes.Write([]);
        var declared = Declared().Matches(text).Select(m => m.Groups[1].Value).Concat(["Promise", "Date", "RegExp"]).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Used().Matches(Noise().Replace(text, "")).Select(m => m.Value).Where(name => name.Length > 1 && !declared.Contains(name)).Distinct());
    }

    [Theory]
    [InlineData("ip: string", "ip")]
    [InlineData("get(): number", "get")]
    [InlineData("max?: number", "max")]
    [InlineData("/** One: (two)? */ name(x: string): void", "name")]
    public void A_member_is_named_before_its_type(string member, string name) => Assert.Equal(name, TypeDeclaration.NameOf(member));

    private static string ModuleOf(string name) => PolicyTypes.Write([]).Split("declare module ").Single(part => part.StartsWith($"'{name}'", StringComparison.Ordinal));

    private static IEnumerable<string> NamesOf(string type)
    {
        var declaration = PolicyTypes.Declarations.Single(d => d.Name == type);
        return declaration.Names.Concat(declaration.Extends is { } parent ? NamesOf(parent) : []).Distinct().Order(StringComparer.Ordinal);
    }

    // A function that throws when the context has more or less than the type; what a stage lacks is undefined.
    private static string Looking(string type, string more = "") => $$"""
        function same(what, has, told) { if (has.toSorted().join() !== told.join()) throw new Error(what + ' has ' + has.toSorted().join()); }
        export default function look(c) { same('context', Object.keys(c).filter(name => c[name] !== undefined), {{List(NamesOf(type))}}); {{more}} }
        """;

    private static string List(IEnumerable<string> names) => $"[{string.Join(", ", names.Select(n => $"'{n}'"))}]";

    [GeneratedRegex(@"export (?:function|const) (\w+)")]
    private static partial Regex Exports();

    [GeneratedRegex(@"export (?:interface|type) (\w+)")]
    private static partial Regex Declared();

    [GeneratedRegex(@"\b[A-Z]\w*")]
    private static partial Regex Used();

    [GeneratedRegex(@"/\*\*.*?\*/|//[^\n]*|'[^']*'")]
    private static partial Regex Noise();
}
