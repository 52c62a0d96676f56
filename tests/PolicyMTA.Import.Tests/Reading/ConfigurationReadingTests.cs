using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Tests.Reading;

public sealed class ConfigurationReadingTests
{
    [Fact]
    public void A_value_has_the_line_it_begins_on_and_the_last_one_wins()
    {
        var read = MainConfiguration.Read("main.cf", "# comment\na = 1\n\nb = x,\n# within\n  y\na = 2 # kept\n");
        Assert.Equal(["a = 1 main.cf:2", "b = x,  y main.cf:4", "a = 2 # kept main.cf:7"], read.Written.Select(p => $"{p.Name} = {p.Value} {p.Place}"));
        Assert.Equal("2 # kept", read.InForce["a"].Value);
    }

    [Theory]
    [InlineData("  a = 1", "main.cf:1")]
    [InlineData("a = 1\nCPT TO: (after relay)", "main.cf:2")]
    [InlineData("\n= 1", "main.cf:2")]
    public void A_line_that_is_no_parameter_is_a_problem(string text, string place) =>
        Assert.Equal(place, Assert.Single(MainConfiguration.Read("main.cf", text).Problems).Place.ToString());

    [Theory]
    [InlineData("smtp inet n - n - smtpd")]
    [InlineData("smtp tcp n - n - - smtpd")]
    [InlineData("smtp inet n - n - - smtpd -o { a = b")]
    [InlineData("smtp inet n - n - - smtpd -o a")]
    [InlineData(" smtp inet n - n - - smtpd")]
    public void A_line_that_is_no_service_is_a_problem(string text) => Assert.Single(MasterConfiguration.Read("master.cf", text).Problems);

    [Theory]
    [InlineData("$a")]
    [InlineData("$")]
    [InlineData("${a")]
    [InlineData("${}")]
    [InlineData("${b!c}")]
    [InlineData("${b?{c}:{d}e}")]
    [InlineData("${{b} ~ {c}?d}")]
    [InlineData("${{b} == c}")]
    public void What_cannot_be_expanded_is_told(string value) =>
        Assert.Throws<FormatException>(() => new ParameterExpansion(name => name == "a" ? "$a" : null).Expand(value));

    [Fact]
    public void A_value_that_doubles_with_each_step_is_stopped() =>
        Assert.Throws<FormatException>(() => new ParameterExpansion(name => name.Length < 60 ? $"$x{name}$x{name}" : "x").Expand("$x"));

    [Fact]
    public void Any_text_is_read_to_its_end()
    {
        var random = new Random(9);
        const string Alphabet = "ab=${}()?:#\n\t  -o<>!,$\r";
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string(random.GetItems<char>(Alphabet, random.Next(60)));
            var main = MainConfiguration.Read("f", text);
            Assert.Equal(LogicalLine.Split("f", text).Count(), main.Written.Count + main.Problems.Count);
            Assert.All(main.Written, p => Assert.StartsWith(p.Name, text.Split('\n')[p.Place.Line - 1], StringComparison.Ordinal));
            var master = MasterConfiguration.Read("f", $"s inet n - n - - smtpd {text}");
            Assert.True(master.Services.Count + master.Problems.Count > 0);
            try
            {
                new ParameterExpansion(name => main.InForce.GetValueOrDefault(name)?.Value).Expand(text);
            }
            catch (FormatException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        }
    }
}
