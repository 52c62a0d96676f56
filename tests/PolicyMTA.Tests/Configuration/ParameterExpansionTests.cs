using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Configuration;

public sealed class ParameterExpansionTests
{
    private static string ValueOf(string name) => name switch { "set" => "value", "empty" => "", _ => throw new ConfigurationException($"there is no parameter '{name}'") };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$set/$(set)/${set}$$", "value/value/value$")]
    [InlineData("${set?{10}:{300}}s", "10s")]
    [InlineData("${empty?{10}:{300}}s", "300s")]
    [InlineData("${set?yes}${empty?yes}", "yes")]
    [InlineData("${set:no}${empty:no}${empty:{none}}", "valuenonone")]
    [InlineData("${empty?{a}:{b ${set?{c {d}}:{e}}}}", "b c {d}")]
    [InlineData("${empty?{a}}", "")]
    public void A_text_is_expanded(string text, string expanded) => Assert.Equal(expanded, ParameterExpansion.Expand(text, ValueOf));

    [Theory]
    [InlineData("$")]
    [InlineData("${set")]
    [InlineData("${set?{a}")]
    [InlineData("${set?{a}x}")]
    [InlineData("${}")]
    [InlineData("${?a}")]
    [InlineData("${set-a}")]
    [InlineData("$other")]
    public void What_is_no_expansion_is_an_error(string text) => Assert.Throws<ConfigurationException>(() => ParameterExpansion.Expand(text, ValueOf));
}
