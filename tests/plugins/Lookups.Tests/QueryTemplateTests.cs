using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests;

public sealed class QueryTemplateTests
{
    [Theory]
    [InlineData("SELECT goto FROM alias WHERE address='%s' AND active='1';", "SELECT goto FROM alias WHERE address=?1 AND active='1';", "joe@sub.example.test")]
    [InlineData("x WHERE local_part='%u' AND domain='%d'", "x WHERE local_part=?1 AND domain=?2", "joe|sub.example.test")]
    [InlineData("x = %s", "x = ?1", "joe@sub.example.test")]
    [InlineData("x = \"%s\" AND \"active\"", "x = ?1 AND \"active\"", "joe@sub.example.test")]
    [InlineData("x = '%u@new.%d'", "x = ?1", "joe@new.sub.example.test")]
    [InlineData("x LIKE '%%%d'", "x LIKE ?1", "%sub.example.test")]
    [InlineData("x LIKE 'a%%' AND y='%s'", "x LIKE 'a%' AND y=?1", "joe@sub.example.test")]
    [InlineData("x = 'it''s' AND y = 'it''s %u'", "x = 'it''s' AND y = ?1", "it's joe")]
    [InlineData("x = '%2.%1' AND y = '%U %D'", "x = ?1 AND y = ?2", "example.test|joe sub.example.test")]
    [InlineData("7 %% 2 = '%s'", "7 % 2 = ?1", "joe@sub.example.test")]
    public void Expansions_become_parameters(string query, string text, string values)
    {
        var template = QueryTemplate.Parse(query, n => $"?{n}");
        Assert.Equal(text, template.Text);
        Assert.True(template.TryBind("joe@sub.example.test", out var bound));
        Assert.Equal(values, string.Join('|', bound));
    }

    [Theory]
    [InlineData("%s", "", false)]
    [InlineData("%s", "example.test", true)]
    [InlineData("%d", "joe", false)]
    [InlineData("%d", "joe@", false)]
    [InlineData("%u", "joe", true)]
    [InlineData("%u", "@example.test", false)]
    [InlineData("%s", "@example.test", true)]
    [InlineData("%d", "@example.test", true)]
    [InlineData("%2", "joe@example.test", true)]
    [InlineData("%3", "joe@example.test", false)]
    [InlineData("%2", "joe@.test", false)]
    [InlineData("%1", "joe", false)]
    public void Key_without_a_part_that_is_named_is_not_looked_up(string query, string key, bool expected) =>
        Assert.Equal(expected, QueryTemplate.Parse(query, n => $"?{n}").TryBind(key, out _));

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("SELECT '%x'")]
    [InlineData("SELECT '%s")]
    [InlineData("SELECT %0")]
    [InlineData("SELECT %s%")]
    public void Query_that_makes_no_sense_is_a_mistake(string query) => Assert.Throws<ConfigurationException>(() => QueryTemplate.Parse(query, n => $"?{n}"));

    [Theory]
    [InlineData("%s", "a,,b", "a,b")]
    [InlineData("%u at %d", "a@b.test,c", "a at b.test")]
    [InlineData("%s via %D (%U, %1)", "x", "x via example.test (joe, test)")]
    [InlineData("100%%", "x", "100%")]
    [InlineData("%s", "", null)]
    public void Result_format_shapes_each_value(string format, string values, string? expected) =>
        Assert.Equal(expected, ResultFormat.Parse(format).Join("joe@example.test", values.Split(',')).Value);

    [Fact]
    public void More_results_than_the_limit_are_a_temporary_failure()
    {
        Assert.True(ResultFormat.Parse("%s", 2).Join("k", ["a", "b", "c"]).IsFailure);
        Assert.Equal("a,b", ResultFormat.Parse("%s", 2).Join("k", ["a", "b", ""]).Value);
    }
}
