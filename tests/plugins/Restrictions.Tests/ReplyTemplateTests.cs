using System.Text.Json.Nodes;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Restrictions.Tests;

public sealed class ReplyTemplateTests
{
    private const string Alphabet = "$${}()?:a1_ =<>!\\\u00e9";
    private static readonly Dictionary<string, string> Values = new() { ["a"] = "one", ["empty"] = "", ["odd"] = "caf\u00e9\r\n", ["n"] = "10" };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$$ $a ${a} $(a)", "$ one one one")]
    [InlineData("${a?yes}${a:no}", "yes")]
    [InlineData("${empty?yes}${empty:no}", "no")]
    [InlineData("${nobody?yes}${nobody:no}", "no")]
    [InlineData("${a?{$n}:{none}}", "10")]
    [InlineData("${{$a} == {one}?{same}:{other}}", "same")]
    [InlineData("${{$n} > {9}?{more}}", "more")]
    [InlineData("${{$n} == {0010}?{equal}}", "equal")]
    [InlineData("${{10x} > {9}?{more}:{less as text}}", "less as text")]
    [InlineData("$odd", "caf___")]
    [InlineData("$a.test", "one.test")]
    public void Macros_are_replaced(string template, string expected)
    {
        Assert.Equal(expected, ReplyTemplate.Parse(template).Expand(Values.GetValueOrDefault, out var isComplete));
        Assert.True(isComplete);
    }

    [Fact]
    public void Names_that_nobody_knows_are_told()
    {
        var template = ReplyTemplate.Parse("${a?{$nobody}:{$never}} $a");
        Assert.Equal(" one", template.Expand(Values.GetValueOrDefault, out var isComplete));
        Assert.False(isComplete);
        Assert.Equal(["a", "nobody", "never"], template.Names);
    }

    [Theory]
    [InlineData("$")]
    [InlineData("a $ b")]
    [InlineData("${}")]
    [InlineData("${a")]
    [InlineData("${a b}")]
    [InlineData("${a?{x}y}")]
    [InlineData("${a?{x}:{y}z}")]
    [InlineData("${{a}}")]
    [InlineData("${{a} = {b}}")]
    [InlineData("${{a} == b}")]
    [InlineData("${{a} == {b} c}")]
    [InlineData("${length{a}}")]
    public void Templates_that_are_none(string template) => Assert.Throws<FormatException>(() => ReplyTemplate.Parse(template));

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Macros_nest_a_hundred_deep(int depth, bool isGood)
    {
        var template = string.Concat(Enumerable.Repeat("${a?{", depth)) + "x" + string.Concat(Enumerable.Repeat("}}", depth));
        if (isGood) Assert.Equal("x", ReplyTemplate.Parse(template).Expand(Values.GetValueOrDefault, out _));
        else Assert.Throws<FormatException>(() => ReplyTemplate.Parse(template));
    }

    [Fact]
    public void Any_text_is_a_template_or_told_wrong()
    {
        var random = new Random(20260823);
        var good = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var text = string.Create(random.Next(24), random, (span, source) =>
            {
                for (var at = 0; at < span.Length; at++) span[at] = Alphabet[source.Next(Alphabet.Length)];
            });
            try
            {
                Assert.NotNull(ReplyTemplate.Parse(text).Expand(Values.GetValueOrDefault, out _));
                good++;
            }
            catch (FormatException)
            {
                // That is the other answer.
            }
        }
        Assert.InRange(good, 1_000, 49_000);
    }

    [Fact]
    [Trait("Category", "Suites")]
    public void Templates_expand_as_Postfix_does()
    {
        if (Suites.FindFile("postfix/functions.json") is not { } file) { Assert.Skip("the published suites are not here"); return; }
        var cases = ((JsonObject)JsonNode.Parse(File.ReadAllText(file))!)["functions"]!["mac_expand"]!.AsArray();
        var wrong = new List<string>();
        var compared = 0;
        foreach (var pair in cases)
        {
            var text = pair![0]!["expr"]!.GetValue<string>();
            // An operator that only Postfix's test program has.
            if (text.Contains("length", StringComparison.Ordinal)) continue;
            compared++;
            var (status, result) = Expand(text, pair[0]!["defs"]!.AsObject().ToDictionary(d => d.Key, d => d.Value!.GetValue<string>()));
            var expected = pair[1]!["stat"]!.GetValue<int>();
            // What Postfix made of the part before a mistake is for nobody.
            if ((expected & 1) != (status & 1) || (status != 1 && (status != expected || result != pair[1]!["result"]!.GetValue<string>()))) wrong.Add($"{text}: {status} {result}");
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.InRange(compared, 50, 60);
    }

    private static (int Status, string Result) Expand(string text, Dictionary<string, string> values)
    {
        try
        {
            var result = ReplyTemplate.Parse(text).Expand(values.GetValueOrDefault, out var isComplete);
            return (isComplete ? 0 : 2, result);
        }
        catch (FormatException)
        {
            return (1, "");
        }
    }
}
