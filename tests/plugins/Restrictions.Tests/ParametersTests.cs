using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>What restrictions say of their parameters, for editors, is what they take.</summary>
public sealed class ParametersTests
{
    [Fact]
    public void Every_restriction_takes_as_many_arguments_as_it_says_and_no_more()
    {
        var bench = new RestrictionBench();
        foreach (var (name, parameters) in bench.Parameters)
        {
            var count = parameters.Split(", ", StringSplitOptions.RemoveEmptyEntries).Count(p => !p.StartsWith("options?: ", StringComparison.Ordinal));
            var arguments = Enumerable.Repeat<object?>("x", count + 1).ToArray();
            Assert.Equal($"{name} takes {count} argument(s), not {count + 1}", Assert.Throws<ConfigurationException>(() => bench.Make(name, arguments)).Message);
        }
    }

    [Fact]
    public void An_option_that_a_restriction_does_not_tell_of_is_refused()
    {
        var bench = new RestrictionBench();
        foreach (var name in bench.Names)
        {
            var options = new Dictionary<string, object?> { ["no_such"] = "x" };
            Assert.Equal($"{name} has no option 'no_such'", Assert.Throws<ConfigurationException>(() => bench.Make(name, options)).Message);
        }
        Assert.Equal(["check_ccert_access"], bench.Parameters.Where(p => p.Value.Contains("options?: { search_order?", StringComparison.Ordinal)).Select(p => p.Key));
        Assert.Single(bench.Parameters, p => p.Value.Contains("options", StringComparison.Ordinal));
    }
}
