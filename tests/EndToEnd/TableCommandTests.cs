namespace PolicyMTA.EndToEnd;

/// <summary><c>policymta map</c>, <c>policymta metrics</c> and <c>postmap</c>.</summary>
public sealed class TableCommandTests(Quickstart quickstart) : IClassFixture<Quickstart>, IDisposable
{
    private readonly LegacyPrograms _programs = new(quickstart.Server);
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-tables-").FullName;

    public void Dispose()
    {
        _programs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("alice@example.test", 0, "result  found: ")]
    [InlineData("ALICE@example.test", 0, "key     alice@example.test (in lower case)")]
    [InlineData("nobody@example.test", 1, "result  not found")]
    public async Task A_table_is_tried_without_the_server(string key, int code, string expected)
    {
        var result = await quickstart.Server.PolicymtaAsync("map", "test", "postfixadmin_mailboxes", key);
        Assert.Equal((code, ""), (result.ExitCode, result.Errors));
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
        Assert.Matches("took    [0-9.]+ ms\n$", result.Output);
    }

    [Theory]
    [InlineData("fail:broken", 75, "result  temporary failure: ")]
    [InlineData("regexp:{{/^(.*)@/ $1}}", 0, "asked   whole keys only")]
    public async Task What_a_table_can_not_say_is_no_absence(string table, int code, string expected)
    {
        var result = await quickstart.Server.PolicymtaAsync("map", "test", table, "alice@example.test");
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlit:x", "did you mean 'sqlite'?")]
    [InlineData("texthash:not-there", "not-there")]
    public async Task A_table_that_can_not_be_opened_is_told(string table, string expected)
    {
        var result = await quickstart.Server.PolicymtaAsync("map", "test", table, "x");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-q alice@a.test", 0, "one two\n")]
    [InlineData("-q ALICE@a.test", 0, "one two\n")]
    [InlineData("-fq ALICE@a.test", 1, "")]
    [InlineData("-q nobody", 1, "")]
    [InlineData("-jq alice@a.test", 0, "{\"alice@a.test\": \"one two\"}\n")]
    [InlineData("-jq quote", 0, "{\"quote\": \"say \\\"hi\\\" \\\\ grün\"}\n")]
    [InlineData("-q -", 0, "alice@a.test\tone two\nquote\tsay \"hi\" \\ grün\n")]
    [InlineData("-jq -", 0, "{\"alice@a.test\": \"one two\"}\n{\"quote\": \"say \\\"hi\\\" \\\\ grün\"}\n")]
    [InlineData("-s", 0, "alice@a.test\tone two\nquote\tsay \"hi\" \\ grün\n")]
    [InlineData("-js", 0, "{\"alice@a.test\": \"one two\"}\n{\"quote\": \"say \\\"hi\\\" \\\\ grün\"}\n")]
    public async Task Postmap_asks_and_lists(string options, int code, string output)
    {
        var file = Path.Combine(_folder, "users");
        await File.WriteAllTextAsync(file, "alice@a.test one two\nquote say \"hi\" \\ grün\n");
        foreach (var table in (string[])[$"hash:{file}", $"texthash:{file}"])
        {
            var result = await _programs.RunAsync("postmap", [.. options.Split(' '), table], "alice@a.test\nnobody\nquote\n");
            Assert.Equal((code, "", output), (result.ExitCode, result.Errors, Sorted(result.Output)));
        }
    }

    [Theory]
    [InlineData("-q x fail:broken", 1, "query error")]
    [InlineData("-s regexp:{{/x/y}}", 1, "sequence operation is not supported")]
    [InlineData("-q x", 1, "usage: postmap")]
    [InlineData("-q x nosuchtype:y", 1, "nosuchtype")]
    public async Task What_postmap_can_not_do_is_fatal(string arguments, int code, string expected)
    {
        var result = await _programs.RunAsync("postmap", arguments.Split(' '));
        Assert.Equal(code, result.ExitCode);
        Assert.StartsWith("postmap: fatal: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_count_the_questions_to_a_table()
    {
        Assert.Equal(0, (await quickstart.Server.PolicymtaAsync("map", "query", "postfixadmin_mailboxes", "alice@example.test")).ExitCode);
        var metrics = await quickstart.Server.PolicymtaAsync("metrics");
        Assert.Equal(0, metrics.ExitCode);
        Assert.Matches("(?m)^policymta_table_lookups_total\\{[^}]*table=\"postfixadmin_mailboxes\"[^}]*\\} [1-9]", metrics.Output);
    }

    // The order of a hash table is its own.
    private static string Sorted(string output) => string.Concat(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(line => line + "\n"));
}
