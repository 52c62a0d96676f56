using PolicyMTA.Commands.Postfix;

namespace PolicyMTA.Tests.Commands;

public sealed class OptionsTests
{
    private const string Letters = "f:io:tv";

    [Theory]
    [InlineData("-t -oi -f a@x", "t=;o=i;f=a@x", "")]
    [InlineData("-fa@x -- -t b@x", "f=a@x", "-t b@x")]
    [InlineData("-tif a@x b@x", "t=;i=;f=a@x", "b@x")]
    [InlineData("b@x -v -", "v=", "b@x -")]
    public void Options_are_read_as_getopt_does(string arguments, string given, string operands)
    {
        var options = Options.Parse(arguments.Split(' '), Letters);
        Assert.Equal(given, string.Join(';', options.Given.Select(option => $"{option.Letter}={option.Value}")));
        Assert.Equal(operands, string.Join(' ', options.Operands));
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("-t:")]
    [InlineData("-f")]
    [InlineData("--config")]
    public void Mistakes_are_usage(string argument) => Assert.Equal(SystemExit.Usage, Assert.Throws<FatalException>(() => Options.Parse([argument], Letters)).Code);

    [Fact]
    public void Empty_value_is_a_value() => Assert.Equal("", Options.Parse(["-f", ""], Letters).Find('f'));

    [Fact]
    public void Last_one_counts_and_what_was_not_given_is_null()
    {
        var options = Options.Parse(["-f", "a", "-fb", "--config=c.toml", "--json"], Letters);
        Assert.Equal(("b", null, "c.toml", true), (options.Find('f'), options.Find('t'), options.Configuration, options.IsJson));
    }
}
