using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests;

public sealed class CfFileTests
{
    [Fact]
    public void Lines_continue_and_comments_are_left_out()
    {
        var file = CfFile.Parse("x.cf", "# the database\ndbpath = /a b/c=d\n\nquery =\n  SELECT x\n# in between\n\tFROM y\r\nempty =\n");
        Assert.Equal("/a b/c=d", file.Find("dbpath"));
        Assert.Equal("SELECT x\tFROM y", file.Find("query"));
        Assert.Equal("", file.Find("empty"));
        Assert.Null(file.Find("nothing"));
        Assert.Equal("x.cf:4: query: is odd", file.Mistake("query", "is odd").Message);
    }

    [Theory]
    [InlineData("a = 1\nnonsense\n", "x.cf:2:")]
    [InlineData("\n\n= 1", "x.cf:3:")]
    [InlineData("two words = 1", "x.cf:1:")]
    public void Other_lines_are_mistakes_with_their_place(string text, string place) =>
        Assert.StartsWith(place, Assert.Throws<ConfigurationException>(() => CfFile.Parse("x.cf", text)).Message);
}
